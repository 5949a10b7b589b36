"""`--hypothesis-profile=long` looks for bad payloads for as long as a coffee takes."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The machine may be busy: neither a slow example nor a big one is a fault.
PATIENT = settings(
    deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large)
)

settings.register_profile("usual", PATIENT)
settings.register_profile("long", PATIENT, max_examples=5_000)
settings.load_profile("usual")
