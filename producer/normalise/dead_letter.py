"""Dead letters: the reasons why something could not be read, and the records that keep it."""

from __future__ import annotations

from typing import Any

from producer.json_text import dump
from producer.normalise.event import Cards, Event, Json
from producer.normalise.identity import content_hash, digest, event_id
from producer.normalise.scope import Scope
from schemas.content_hash import MASK
from schemas.topics import DEAD_LETTERS

MALFORMED_JSON = "malformed_json"
TOO_DEEP = "too_deep"
TOO_MANY = "too_many"
NOT_UNDERSTOOD = "not_understood"
NOTHING_INSIDE = "nothing_inside"
NOT_AN_OBJECT = "not_an_object"
MISSING_ID = "missing_id"
MISSING_STATUS = "missing_status"
MISSING_TIMESTAMP = "missing_timestamp"
UNREADABLE_TIMESTAMP = "unreadable_timestamp"
UNEXPECTED = "unexpected"

DETAILS = {
    MALFORMED_JSON: "the body is not valid JSON",
    TOO_DEEP: "the body is nested too deeply",
    TOO_MANY: "the body has more elements than any provider sends",
    NOT_UNDERSTOOD: "this JSON has no known shape",
    NOTHING_INSIDE: "the shape is known, but it contains no status, message, error or event",
    NOT_AN_OBJECT: "this should be a JSON object",
    MISSING_ID: "the element has no id",
    MISSING_STATUS: "the element does not name a status",
    MISSING_TIMESTAMP: "the element has no timestamp",
    UNREADABLE_TIMESTAMP: "the timestamp is not a time between 2009 and 2100",
    UNEXPECTED: "reading this failed because of an error in Bluetick",
}


class Unreadable(Exception):
    """This element cannot be read; `reason` is one of the above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def dead_letter(
    scope: Scope,
    reason: str,
    content: Any,
    note: str | None = None,
    *,
    body: Any = None,
    contacts: Cards = (),
) -> Event:
    """The dead letter of a part of a body (any JSON value).

    `body` is the part in its own envelope, and is kept as the payload. Without `body`, `content`
    is kept. `note` is added to the detail, for people; it must not contain parts of the payload.
    `contacts` are the contact cards in `body`.
    """
    canonical = dump(content)
    record = _record(scope, reason, canonical if body is None else dump(body), note)
    record["content_hash"] = content_hash(canonical)
    return Event(DEAD_LETTERS, None, record, contacts)


def dead_bytes(scope: Scope, reason: str, payload: bytes, note: str | None = None) -> Event:
    """The dead letter of bytes, which are kept unchanged; `note` as in `dead_letter`."""
    return Event(DEAD_LETTERS, None, _record(scope, reason, payload, note))


def _record(scope: Scope, reason: str, payload: bytes, note: str | None) -> Json:
    number = digest(payload)
    return {
        "event_id": event_id("dead-letter", scope.source, reason, number, len(payload)),
        "content_hash": number & MASK,
        "source": scope.source,
        "dialect": scope.dialect,
        "occurred_at": scope.received_at,
        "received_at": scope.received_at,
        "reason": reason,
        "detail": f"{DETAILS[reason]}: {note}" if note else DETAILS[reason],
        "payload": payload,
    }
