"""A finding: the result of one check, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: `what` was found, and `advice` on what to do, if anything.

    Neither text contains personal data or secrets.
    """

    check: str
    level: Level
    what: str
    advice: str | None = None


def ok(check: str, what: str) -> Finding:
    """A finding that needs no action."""
    return Finding(check, "ok", what)


def warning(check: str, what: str, advice: str) -> Finding:
    """A finding that needs attention, although everything works."""
    return Finding(check, "warning", what, advice)


def problem(check: str, what: str, advice: str) -> Finding:
    """A finding about something that does not work, or about wrong numbers."""
    return Finding(check, "problem", what, advice)


def counted(number: int, one: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"
