"""What an examination found out, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line on what is, one on what to do; neither holds personal data or secrets."""

    check: str
    level: Level
    what: str
    advice: str | None = None


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", what)


def warning(check: str, what: str, advice: str) -> Finding:
    """It works, but somebody should know."""
    return Finding(check, "warning", what, advice)


def problem(check: str, what: str, advice: str) -> Finding:
    """It does not work, or the numbers are wrong."""
    return Finding(check, "problem", what, advice)


def counted(number: int, one: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"
