"""Check the dead letters of the last 24 hours, with advice for each reason."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from bluetick.doctor.finding import Finding, counted, ok, warning
from producer.normalise import dead_letter
from producer.notices import RAW_TOO_LARGE, UNENCODABLE

CHECK = "dead letters"

_SENDER = "look at the payload in dead_letters and ask the sender what it means, "
_FOREIGN = "find out who else writes to this topic, "
# What to do before the replay, by reason.
ADVICE = {
    dead_letter.MALFORMED_JSON: _SENDER + "then",
    dead_letter.TOO_DEEP: _SENDER + "then",
    dead_letter.TOO_MANY: _SENDER + "then",
    dead_letter.NOT_UNDERSTOOD: "this version does not know its shape: update Bluetick, then",
    dead_letter.NOTHING_INSIDE: _SENDER + "then",
    dead_letter.NOT_AN_OBJECT: _SENDER + "then",
    dead_letter.MISSING_ID: _SENDER + "then",
    dead_letter.MISSING_STATUS: _SENDER + "then",
    dead_letter.MISSING_TIMESTAMP: _SENDER + "then",
    dead_letter.UNREADABLE_TIMESTAMP: _SENDER + "then",
    dead_letter.UNEXPECTED: "a fault of Bluetick: report it and update, then",
    "undecodable": _FOREIGN + "then",
    "wrong_schema": _FOREIGN + "then",
    "invalid_values": _FOREIGN + "then",
    "unlandable": "a fault of Bluetick: report it and update, then",
    "unknown_schema": "set SCHEMA_REGISTRY_URL to the registry of their writer, then",
}
# A replay of these dead letters gives nothing.
NO_REPLAY = {
    "too_large": _FOREIGN + "because Bluetick writes no records of this size; the dead letter has "
    "only its start",
    "unreadable_batch": _FOREIGN + "and set compression.type=uncompressed there: then the broker "
    "refuses such batches",
    RAW_TOO_LARGE: "raise max.message.bytes of whatsapp.raw; the events have landed",
    UNENCODABLE: "a fault of Bluetick: report it and update, then "
    "`bluetick replay raw --reason unencodable`",
}


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
