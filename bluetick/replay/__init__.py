"""Reads dead letters and raw bodies again and publishes their events."""
