"""Text as an SQL literal, for statements that take no parameters."""

from __future__ import annotations


def literal(text: str) -> str:
    """The text in quotes, as SQL reads it."""
    return "'" + text.replace("'", "''") + "'"
