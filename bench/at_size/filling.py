"""Fills a warehouse with statuses of many days, as landing and maintenance leave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from bench.at_size.traffic import STATUSES_A_MESSAGE, Shape, day_sql
from warehouse import clustering, rollups
from warehouse.connection import Location, connect, create
from warehouse.maintenance import Schedule, maintain
from warehouse.renewal import Warehouse

DAY = timedelta(days=1)
# One transaction inserts at most so many messages, sorted: files such as maintenance merges.
PART = 50_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled warehouse: its folder, and how many statuses and messages it has."""

    folder: Path
    statuses: int
    messages: int

    @property
    def location(self) -> Location:
        return Location.under(self.folder)


def fill(folder: Path, rows: int, shape: Shape, say: Say) -> Filled:
    """Makes a warehouse with about `rows` statuses up to now."""
    now = datetime.now(UTC)
    a_day = max(int(rows / STATUSES_A_MESSAGE / shape.days), 1)
    location = Location.under(folder)
    with connect(location) as connection:
        create(connection)
        first = 0
        for number in range(shape.days):
            _fill_day(connection, now, now - (shape.days - number) * DAY, first, a_day, shape)
            first += a_day
            if number % 10 == 9:
                say(f"{number + 1} of {shape.days} days inserted")
        say("computing the sums")
        connection.execute("BEGIN")
        rollups.rebuild(connection)
        connection.execute("COMMIT")
        ((statuses,),) = connection.execute("SELECT count(*) FROM statuses").fetchall()
        say("clustering by message")
        _cluster(connection, now)
    say("maintaining")
    with Warehouse(lambda: connect(location), location) as warehouse:
        for _ in maintain(warehouse, Schedule(keep_snapshots_seconds=0)):
            pass
    return Filled(folder, statuses, first)


def _cluster(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Does at once what maintenance does in many rounds: two files then hold the same id."""
    found = clustering.files(connection, "statuses", clustering.LEAST_BYTES)
    for group in clustering.groups(found, now - clustering.SETTLED):
        for half in (group[::2], group[1::2]):
            if len(half) > 1:
                connection.execute("BEGIN")
                clustering.split(connection, "statuses", half)
                connection.execute("COMMIT")


def _fill_day(
    connection: duckdb.DuckDBPyConnection,
    now: datetime,
    day: datetime,
    first: int,
    messages: int,
    shape: Shape,
) -> None:
    for start in range(first, first + messages, PART):
        count = min(PART, first + messages - start)
        connection.execute(
            f"INSERT INTO statuses BY NAME FROM ({day_sql(day, count, start, shape)}) "
            f"WHERE received_at < TIMESTAMPTZ '{now.isoformat()}' ORDER BY message_id"
        )
