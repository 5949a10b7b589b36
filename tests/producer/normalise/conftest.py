"""Hypothesis' profiles: `--hypothesis-profile=long` looks for hours' worth of bad payloads."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

settings.register_profile("long", max_examples=20_000, deadline=None, suppress_health_check=SLOW)
settings.register_profile("usual", max_examples=150, deadline=None, suppress_health_check=SLOW)
