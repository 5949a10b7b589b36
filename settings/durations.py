"""Lengths of time in the configuration, written as 90s, 5m, 1h or 2d."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

_TEXT = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> object:
    """The length of time that a text says. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    found = _TEXT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError('write a length of time in quotes, such as "90s", "5m", "1h" or "2d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Duration = Annotated[timedelta, BeforeValidator(duration)]
