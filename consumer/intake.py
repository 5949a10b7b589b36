"""Limits the size of what is read from Kafka: of fetches, and of single records."""

from __future__ import annotations

from typing import Any

from confluent_kafka import Message

from consumer.decode import Record, Unlandable
from schemas.topics import BY_NAME, LARGE_RECORD_BYTES
from settings.tracing import HEADER

# How many messages to take from the client at once: it copies all of them before it frees any.
SLICE = 20
FETCH_BYTES = 16 * 1024
# The client decompresses each answer of the broker as a whole, with any size; only for zstd it
# refuses batches larger than receive.message.max.bytes. So answers are small, and few of them
# wait here. With short pauses between fetches, reading is as fast as with large answers.
FETCH: dict[str, Any] = {
    "fetch.max.bytes": FETCH_BYTES,
    "max.partition.fetch.bytes": FETCH_BYTES,
    "message.max.bytes": FETCH_BYTES,  # a larger one would raise fetch.max.bytes
    "receive.message.max.bytes": 64 * 1024 * 1024,  # far above any topic's max.message.bytes
    "queued.max.messages.kbytes": 4 * 1024,
    "fetch.queue.backoff.ms": 20,
}
# Bytes of a too large record that its dead letter keeps: enough to find out who wrote it.
KEPT_BYTES = 64 * 1024
TRACE_BYTES = 55


def record_of(message: Message, *, traced: bool = False) -> Record:
    """The record of a message of a landed topic; only its start if it is too large.

    With `traced`, it says which span has published it.
    """
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    value = message.value()
    unlandable = None
    if value is not None:
        size = len(value)
        if size > LARGE_RECORD_BYTES:
            detail = f"the record has {size:,} bytes; only its first {KEPT_BYTES:,} are kept"
            unlandable = Unlandable("too_large", detail)
            value = value[:KEPT_BYTES]
        value = bytes(value)
    return Record(
        BY_NAME[str(message.topic())],
        partition,
        offset,
        max(message.timestamp()[1], 0) * 1000,
        value,
        unlandable,
        _trace(message) if traced else None,
    )


def _trace(message: Message) -> str | None:
    """The header of the span, if it is a short text: anybody could have written it."""
    found = dict(message.headers() or ()).get(HEADER)
    if isinstance(found, bytes) and len(found) <= TRACE_BYTES:
        return found.decode("ascii", "replace")
    return None
