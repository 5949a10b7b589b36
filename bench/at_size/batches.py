"""Batches of Kafka records: half of the statuses begin a message, half are of earlier ones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import count

from bench.bodies import body, status
from consumer.decode import Record
from consumer.writer import Batch, read
from producer.normalise import normalise
from schemas.codec import Encoder
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES
from warehouse.offsets import Log, Span

PARTITIONS = 6
LOG = Log("bench", "bench", STATUSES.name)


def batches(size: int, start: int) -> Iterator[Batch]:
    """Batches of `size` statuses, one after the other; `start` is their first offset in each
    partition. The messages that one batch sends are delivered in the next."""
    registry = DerivedRegistry()
    encoder = Encoder(STATUSES, registry)
    each = size // PARTITIONS
    half = size // 2
    for number in count():
        sent = range((number + 1) * half, (number + 2) * half)
        delivered = range(number * half, (number + 1) * half)
        received = time.time_ns() // 1000
        values = [
            encoder(event.record)
            for event in normalise(
                _body(start, sent, delivered),
                source="meta",
                dialect="cloud",
                business_number=None,
                received_at=received,
            )
        ]
        first = start + number * each
        spans = [Span(LOG, partition, first, first + each) for partition in range(PARTITIONS)]
        yield read(spans, _records(values, spans, received), registry)


def _records(values: Sequence[bytes], spans: Sequence[Span], received: int) -> list[Record]:
    each = len(values) // len(spans)
    return [
        Record(STATUSES, span.partition, span.start + place, received, value)
        for number, span in enumerate(spans)
        for place, value in enumerate(values[number * each :][:each])
    ]


def _body(start: int, sent: range, delivered: range) -> bytes:
    """One POST in Meta's shape with all statuses; `start` makes the ids different."""
    now = int(time.time())
    return body(
        status(f"wamid.HBgM{start:08d}{number:012d}", name, now, number)
        | {"biz_opaque_callback_data": f"campaign_{number % 50}"}
        for name, numbers in (("sent", sent), ("delivered", delivered))
        for number in numbers
    )
