"""A new, real warehouse in a folder of the test."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from consumer.writer import Batch, land, read
from schemas.topics import LANDED, Topic
from tests.support.records import REGISTRY, event, framed, log_of, records, span
from warehouse.connection import Location, connect, create, settle
from warehouse.maintenance import Schedule, maintain
from warehouse.offsets import Move, live_positions, open_partitions
from warehouse.recent_statuses import RecentStatuses
from warehouse.retention import Retention
from warehouse.transaction import transact

FOR_GOOD = Retention()


def prepare(folder: Path) -> None:
    """Puts a new warehouse into the folder, for a program that would otherwise make it first.

    To make one takes more of the processor than anything else that a consumer does at its start.
    """
    _put(_new(), folder)


def created(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a new warehouse in the folder, without rows and without partitions."""
    connection, is_new = _copy(_new(), folder)
    if not is_new:
        create(connection)  # the folder may have had a catalog without tables
    return connection


@functools.cache
def _new() -> Path:
    """The data folder of a new warehouse. Copying it is faster than making another."""
    folder = _scratch()
    with connect(Location.under(folder)) as connection:
        create(connection)
    return folder


@functools.cache
def _open() -> Path:
    """The same with open partitions."""
    folder = _scratch()
    with created(folder) as connection:
        _fill(connection)
    return folder


def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bluetick-lake-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _put(source: Path, folder: Path) -> bool:
    """Copies a warehouse into the folder, and returns True, unless the folder has one."""
    if (folder / "warehouse.sqlite").exists():
        return False
    shutil.copytree(source, folder, dirs_exist_ok=True)
    return True


def _copy(source: Path, folder: Path) -> tuple[duckdb.DuckDBPyConnection, bool]:
    """A connection to the warehouse in the folder, and whether that was put there now."""
    is_new = _put(source, folder)
    location = Location.under(folder)
    # On little data, more threads cost a third more and give no speed.
    connection = connect(location, threads=1)
    settle(connection, location)
    return connection, is_new


def _fill(connection: duckdb.DuckDBPyConnection) -> None:
    create(connection)
    if not live_positions(connection):
        firsts = {(log_of(topic), 0): 0 for topic in LANDED}
        transact(connection, lambda: open_partitions(connection, firsts))


class Lake:
    """A warehouse in which partition 0 of every landed topic starts at offset 0."""

    def __init__(self, folder: Path) -> None:
        self.location = Location.under(folder)
        self.connection, is_new = _copy(_open(), folder)
        if not is_new:
            _fill(self.connection)
        self.recent: RecentStatuses | None = None

    def batch(self, topic: Topic, values: list[bytes | None]) -> Batch:
        """The next records of the topic, decoded."""
        start = live_positions(self.connection)[log_of(topic), 0]
        return read(
            [span(topic, start, start + len(values))], records(topic, values, start), REGISTRY
        )

    def land(self, topic: Topic, *values: bytes | None) -> Move:
        """Lands the next records of the topic."""
        (move,) = land(self.connection, self.batch(topic, list(values)), recent=self.recent)
        return move

    def land_events(self, topic: Topic, *fields: dict[str, object]) -> Move:
        return self.land(topic, *(framed(topic, event(topic, **item)) for item in fields))

    def land_topics(self, fields: Mapping[Topic, Iterable[dict[str, object]]]) -> list[Move]:
        """Lands events of several topics in one batch, as a consumer does."""
        at = live_positions(self.connection)
        spans, values = [], []
        for topic, items in fields.items():
            start = at[log_of(topic), 0]
            new = [framed(topic, event(topic, **item)) for item in items]
            spans.append(span(topic, start, start + len(new)))
            values += records(topic, new, start)
        return land(self.connection, read(spans, values, REGISTRY), recent=self.recent)

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

    def maintain(self, keep: float, retention: Retention = FOR_GOOD) -> None:
        """Does one round of maintenance; snapshots of the last `keep` seconds stay."""
        for _ in maintain(self, Schedule(keep_snapshots_seconds=keep, retention=retention)):
            pass

    def other(self) -> duckdb.DuckDBPyConnection:
        """A connection for a second writer."""
        return connect(self.location, threads=1)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """A new warehouse, closed at the end."""
    lake = Lake(tmp_path)
    with lake.connection:
        yield lake
        if lake.recent:
            lake.recent.close()
