"""Turns the payloads of all providers into events. Pure: same arguments, same events."""

from __future__ import annotations

import hashlib
from typing import Any

from producer.json_text import Malformed, TooDeep, load
from producer.normalise.dead_letter import (
    MALFORMED_JSON,
    TOO_DEEP,
    TOO_MANY,
    UNEXPECTED,
    dead_bytes,
)
from producer.normalise.dead_letter_merging import merged
from producer.normalise.envelope import body_events
from producer.normalise.event import Event
from producer.normalise.identity import event_id
from producer.normalise.lists import TooMany
from producer.normalise.plain_statuses import plain_events
from producer.normalise.readers import digits
from producer.normalise.scope import UNKNOWN, Scope
from producer.providers import decoded
from producer.providers.canonical import most_elements
from schemas.topics import RAW

__all__ = ["Event", "normalise", "raw_event"]


def normalise(
    body: bytes,
    *,
    source: str,
    dialect: str,
    business_number: str | None,
    received_at: int,
) -> list[Event]:
    """Returns the events of one POST body, at least one. Never raises.

    `dialect` is the configured one: "auto", or a name from `settings/dialects.py`.
    `business_number` is the configured phone number, `received_at` microseconds since 1970.

    A part that cannot be read becomes a dead letter; the other parts still become events.
    """
    if (plain := plain_events(body, source, received_at)) is not None:
        return plain
    return general_events(body, source, dialect, business_number, received_at)


def general_events(
    body: bytes, source: str, dialect: str, business_number: str | None, received_at: int
) -> list[Event]:
    """The events of any body; the arguments are those of `normalise`. Never raises."""
    most = most_elements(len(body))
    scope = Scope(source, UNKNOWN, received_at, digits(business_number), most=most)
    try:
        return merged(scope, body_events(scope, _read(body), dialect))
    except Malformed as error:
        return [dead_bytes(scope, MALFORMED_JSON, body, str(error))]
    except TooDeep:
        return [dead_bytes(scope, TOO_DEEP, body)]
    except TooMany:
        return [dead_bytes(scope, TOO_MANY, body)]
    except Exception as error:  # our own fault: keep the body, and do not refuse the POST
        return [dead_bytes(scope, UNEXPECTED, body, type(error).__name__)]


def _read(body: bytes) -> Any:
    """The JSON value of a body, or what a provider sends instead. Raises Malformed or TooDeep."""
    try:
        return load(body)
    except Malformed:
        if (found := decoded(body)) is None:
            raise
        return found


def raw_event(body: bytes, *, source: str, content_type: str | None, received_at: int) -> Event:
    """The event of the raw body, with its unchanged bytes."""
    record = {
        "event_id": event_id("raw", source, hashlib.blake2b(body).hexdigest()),
        "source": source,
        "received_at": received_at,
        "content_type": content_type,
        "body": body,
    }
    return Event(RAW, None, record)
