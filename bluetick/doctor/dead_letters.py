"""Check the dead letters of the last 24 hours, with advice for each reason."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from bluetick.doctor.finding import Finding, counted, ok, warning
from producer.dead_letter_advice import ADVICE, NO_REPLAY

CHECK = "dead letters"


def dead_letters(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """One finding for each reason of the dead letters received within 24 hours."""
    found = connection.execute(
        "SELECT reason, count(*) FROM dead_letters "
        "WHERE received_at >= now() - INTERVAL 24 HOURS GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if not found:
        yield ok(CHECK, "none within 24 hours")
    other = 0
    for reason, number in found:
        if reason in NO_REPLAY:
            yield warning(CHECK, _what(number, reason), NO_REPLAY[reason])
        elif reason in ADVICE:
            again = f"`bluetick replay dead-letters --reason {reason}`"
            yield warning(CHECK, _what(number, reason), f"{ADVICE[reason]} {again}")
        else:
            other += number
    if other:  # not shown: a reason that is not ours can be any text
        yield warning(
            CHECK,
            _what(other, "reasons of another version or writer"),
            "see SELECT reason, detail FROM dead_letters, then `bluetick replay dead-letters`",
        )


def _what(number: int, reason: str) -> str:
    return f"{counted(number, 'dead letter')} within 24 hours: {reason}"
