"""Dead letters the receiver itself writes, about what it could not publish as it should."""

from __future__ import annotations

import orjson

from producer.normalise.event import Event
from producer.normalise.identity import content_hash, event_id
from schemas.topics import DEAD_LETTERS

RAW_TOO_LARGE = "raw_too_large"
UNENCODABLE = "unencodable"


def oversize_notice(source: str, size: int, received_at: int) -> Event:
    """Says that a body of `size` bytes is not in the topic of raw bodies; its events are in theirs.

    Every such POST has a notice of its own: without the body nothing tells one from another.
    """
    detail = (
        f"its events are published, but Kafka takes no copy of the body, which has {size} bytes: "
        "raise the topic's max.message.bytes"
    )
    return _notice(RAW_TOO_LARGE, detail, None, source, received_at, (size, received_at))


def unencodable_notice(event: Event, source: str, received_at: int) -> Event:
    """Keeps a record that does not fit the schema of its topic."""
    try:
        payload = orjson.dumps(event.record, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # it may be anything: that is why it does not fit
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
    digest = content_hash(repr(identity).encode("utf-8", "backslashreplace"))
    record = {
        "event_id": event_id("dead-letter", source, reason, digest),
        "content_hash": digest,
        "source": source,
        "dialect": "unknown",
        "occurred_at": received_at,
        "received_at": received_at,
        "reason": reason,
        "detail": detail,
        "payload": payload,
    }
    return Event(DEAD_LETTERS, None, record)
