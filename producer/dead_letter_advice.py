"""What to do about dead letters, by their reason."""

from __future__ import annotations

from producer.normalise import dead_letter
from producer.notices import RAW_TOO_LARGE, UNENCODABLE

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
