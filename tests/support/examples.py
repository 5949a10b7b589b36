"""How often a test tries what takes long: seldom by default, often with the profile `nightly`."""

from __future__ import annotations

from hypothesis import settings


def times(share: int) -> int:
    """One in `share` of the examples that the profile has for quick tests: usually of 50."""
    return max(settings.default.max_examples // share, 1)


def one_in(share: int) -> settings:
    """So many examples of a property."""
    return settings(max_examples=times(share))
