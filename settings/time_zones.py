"""Names of time zones in the configuration."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def zone(name: str) -> str:
    """The name, if there is such a time zone. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a known time zone: write one such as Europe/Berlin") from None
    return name


Zone = Annotated[str, AfterValidator(zone)]
