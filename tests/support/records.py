"""Makes records of any topic, for tests that need rows and not webhooks."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from consumer.decode import Record
from schemas.codec import Encoder
from schemas.registry import DerivedRegistry
from schemas.topics import MESSAGES, SENDS, STATUSES, Topic, schema_of
from warehouse.offsets import Log, Span

REGISTRY = DerivedRegistry()
NOW_US = 1_790_000_000_000_000
_REQUIRED: dict[Topic, dict[str, Any]] = {
    STATUSES: {"kind": "message", "channel": "messages", "message_id": "wamid.A", "status": "sent"},
    MESSAGES: {"channel": "messages", "message_id": "wamid.I", "type": "text"},
    SENDS: {"message_id": "wamid.A"},
}


def event(topic: Topic, **fields: Any) -> dict[str, Any]:
    """A complete record of the topic; columns that are not given are null or have a default."""
    record: dict[str, Any] = {field["name"]: None for field in schema_of(topic)["fields"]}
    record |= {
        "event_id": str(uuid.uuid4()),
        "content_hash": 1,
        "source": "meta",
        "dialect": "cloud",
        "occurred_at": NOW_US,
        "received_at": NOW_US,
    }
    return {**record, **_REQUIRED.get(topic, {}), **fields}


def framed(topic: Topic, record: dict[str, Any]) -> bytes:
    """The record in the wire format."""
    return _encoder(topic)(record)


@cache  # to make one takes fifty times as long as to encode a record
def _encoder(topic: Topic) -> Encoder:
    return Encoder(topic, REGISTRY)


def records(
    topic: Topic, values: list[bytes | None], start: int = 0, partition: int = 0
) -> list[Record]:
    """Consecutive Kafka records of one partition."""
    return [Record(topic, partition, start + i, NOW_US, value) for i, value in enumerate(values)]


def log_of(topic: Topic) -> Log:
    return Log("cluster", f"id-{topic.stem}", topic.name)


def span(topic: Topic, start: int, end: int, partition: int = 0) -> Span:
    return Span(log_of(topic), partition, start, end)
