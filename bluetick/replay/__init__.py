"""Reads dead letters and raw bodies again and publishes what comes out."""
