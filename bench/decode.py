"""Compares the consumer's columnar decoder with fastavro, which decodes record by record."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from bench.bodies import NOW, statuses
from bench.timing import Line, compare
from consumer.decode import Record, decode
from producer.normalise import normalise
from schemas.codec import Encoder
from schemas.codec import decode as decode_one
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES

COUNT = 20_000


def frames(count: int, start: int = 0) -> list[bytes]:
    """Framed statuses, as the receiver publishes them."""
    encoder = Encoder(STATUSES, DerivedRegistry())
    events = normalise(
        statuses(count, start),
        source="meta",
        dialect="cloud",
        business_number=None,
        received_at=NOW * 10**6,
    )
    return [encoder(event.record) for event in events]


def records(values: list[bytes], partition: int = 0, start: int = 0) -> list[Record]:
    """Consecutive records of one partition."""
    return [Record(STATUSES, partition, start + i, NOW * 10**6, v) for i, v in enumerate(values)]


def lines() -> Iterator[Line]:
    registry = DerivedRegistry()
    batch = records(frames(COUNT))

    def one_by_one() -> object:
        rows = [decode_one(record.value, registry) for record in batch]
        for row in rows:
            row["event_id"] = str(row["event_id"])
        return pl.DataFrame(rows, infer_schema_length=None)

    yield compare(
        "decode a batch to columns",
        "records/s",
        COUNT,
        lambda: decode(STATUSES, batch, registry),
        "fastavro one by one",
        one_by_one,
    )
