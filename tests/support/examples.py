"""How many examples a property test tries when each of them takes long."""

from __future__ import annotations

from hypothesis import settings


def one_in(share: int) -> settings:
    """One in `share` of the examples that the profile has for quick tests: usually 100."""
    return settings(max_examples=max(settings.default.max_examples // share, 1))
