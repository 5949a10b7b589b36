"""Dead letters about records that the receiver could not publish as they should be."""

from __future__ import annotations

import orjson

from producer.normalise.event import Event
from producer.normalise.identity import digest, event_id
from schemas.content_hash import MASK
from schemas.topics import DEAD_LETTERS

RAW_TOO_LARGE = "raw_too_large"
UNENCODABLE = "unencodable"


def oversize_notice(source: str, size: int, received_at: int) -> Event:
    """A dead letter for a raw body of `size` bytes that Kafka refused; its events are published.

    Every such POST gets its own notice, because without the body two of them cannot be compared.
    """
    detail = (
        f"the events are published, but Kafka refused the copy of the body ({size} bytes): "
        "raise the topic's max.message.bytes"
    )
    return _notice(RAW_TOO_LARGE, detail, None, source, received_at, (size, received_at))


def unencodable_notice(event: Event, source: str, received_at: int) -> Event:
    """A dead letter with a record that does not fit the schema of its topic, as JSON."""
    try:
        payload = orjson.dumps(event.record, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # not every value of such a record can be written as JSON
        payload = repr(event.record).encode("utf-8", "backslashreplace")
    detail = f"the record does not fit the schema of {event.topic.name}"
    return _notice(UNENCODABLE, detail, payload, source, received_at, (event.topic.name, payload))


def _notice(
    reason: str,
    detail: str,
    payload: bytes | None,
    source: str,
    received_at: int,
    identity: tuple[object, ...],
) -> Event:
    number = digest(repr(identity).encode("utf-8", "backslashreplace"))
    record = {
        "event_id": event_id("dead-letter", source, reason, number),
        "content_hash": number & MASK,
        "source": source,
        "dialect": "unknown",
        "occurred_at": received_at,
        "received_at": received_at,
        "reason": reason,
        "detail": detail,
        "payload": payload,
    }
    return Event(DEAD_LETTERS, None, record)
