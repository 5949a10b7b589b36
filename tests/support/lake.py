"""A new, real warehouse in a folder of the test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pytest

from consumer.writer import Batch, land, read
from schemas.topics import LANDED, Topic
from tests.support.records import REGISTRY, event, framed, log_of, records, span
from warehouse.connection import Location, connect, create
from warehouse.maintenance import Schedule, maintain
from warehouse.offsets import Move, live_positions, open_partitions
from warehouse.transaction import transact


class Lake:
    """A warehouse in which partition 0 of every landed topic starts at offset 0."""

    def __init__(self, folder: Path) -> None:
        self.location = Location.under(folder)
        self.connection = connect(self.location)
        create(self.connection)
        firsts = {(log_of(topic), 0): 0 for topic in LANDED}
        transact(self.connection, lambda: open_partitions(self.connection, firsts))

    def batch(self, topic: Topic, values: list[bytes | None]) -> Batch:
        """The next records of the topic, decoded."""
        start = live_positions(self.connection)[log_of(topic), 0]
        return read(
            [span(topic, start, start + len(values))], records(topic, values, start), REGISTRY
        )

    def land(self, topic: Topic, *values: bytes | None) -> Move:
        """Lands the next records of the topic."""
        (move,) = land(self.connection, self.batch(topic, list(values)))
        return move

    def land_events(self, topic: Topic, *fields: dict[str, object]) -> Move:
        return self.land(topic, *(framed(topic, event(topic, **item)) for item in fields))

    def land_across(self, topic: Topic, partitions: Iterable[int]) -> list[Move]:
        """Lands one new event of each partition in one batch."""
        at = live_positions(self.connection)
        starts = {partition: at[log_of(topic), partition] for partition in partitions}
        spans = [span(topic, start, start + 1, partition) for partition, start in starts.items()]
        values = [
            record
            for partition, start in starts.items()
            for record in records(topic, [framed(topic, event(topic))], start, partition)
        ]
        return land(self.connection, read(spans, values, REGISTRY))

    def rows(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        return self.connection.execute(sql, list(parameters)).fetchall()

    def maintain(self, keep: float) -> None:
        """Does one round of maintenance; snapshots of the last `keep` seconds stay."""
        for _ in maintain(self, Schedule(keep_snapshots_seconds=keep)):
            pass

    def other(self) -> duckdb.DuckDBPyConnection:
        """A connection for a second writer."""
        return connect(self.location)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """A new warehouse, closed at the end."""
    lake = Lake(tmp_path)
    with lake.connection:
        yield lake
