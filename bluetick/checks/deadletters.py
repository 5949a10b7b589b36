"""The dead letters of the last day, and what helps against each kind."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from bluetick.checks.finding import Finding, counted, ok, warning
from producer.normalise import deadletter
from producer.notices import RAW_TOO_LARGE, UNENCODABLE

CHECK = "dead letters"

_SENDER = "ask the sender what it means; see the payload in dead_letters, "
_FOREIGN = "find out who else writes to this topic, "
# What to do first, by reason; then most of them can be read again.
ADVICE = {
    deadletter.MALFORMED_JSON: _SENDER + "then",
    deadletter.TOO_DEEP: _SENDER + "then",
    deadletter.TOO_MANY: _SENDER + "then",
    deadletter.NOT_UNDERSTOOD: "this version does not know its shape: update Bluetick, then",
    deadletter.NOTHING_INSIDE: _SENDER + "then",
    deadletter.NOT_AN_OBJECT: _SENDER + "then",
    deadletter.MISSING_ID: _SENDER + "then",
    deadletter.MISSING_STATUS: _SENDER + "then",
    deadletter.MISSING_TIMESTAMP: _SENDER + "then",
    deadletter.UNREADABLE_TIMESTAMP: _SENDER + "then",
    deadletter.UNEXPECTED: "a fault of Bluetick: report it and update, then",
    "undecodable": _FOREIGN + "then",
    "wrong_schema": _FOREIGN + "then",
    "invalid_values": _FOREIGN + "then",
    "unlandable": "a fault of Bluetick: report it and update, then",
    "unknown_schema": "set SCHEMA_REGISTRY_URL to the registry of whoever writes these, then",
}
# Of these nothing can be read again from the dead letter itself.
NO_REPLAY = {
    "too_large": _FOREIGN + "as no record of Bluetick's is so large; the dead letter holds only "
    "its beginning",
    "unreadable_batch": _FOREIGN + "and set compression.type=uncompressed there: then the broker "
    "takes no such batch",
    RAW_TOO_LARGE: "raise max.message.bytes of whatsapp.raw; the events have landed all the same",
    UNENCODABLE: "a fault of Bluetick: report it and update, then "
    "`bluetick replay raw --reason unencodable`",
}


def dead_letters(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Those received within 24 hours, a finding for each reason."""
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
    if other:  # a reason that is not ours may be any text, so it is not shown
        yield warning(
            CHECK,
            _what(other, "reasons of another version or writer"),
            "see SELECT reason, detail FROM dead_letters, then `bluetick replay dead-letters`",
        )


def _what(number: int, reason: str) -> str:
    return f"{counted(number, 'dead letter')} within 24 hours: {reason}"
