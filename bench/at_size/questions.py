"""How long single questions take: one message's timeline, and a view over all days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

import duckdb

from bench.at_size.results import RUNS, Result, median
from warehouse.connection import Location, connect

TIMELINE = "FROM message_events WHERE message_id = ? ORDER BY occurred_at"


def results(location: Location) -> Iterator[Result]:
    """The figures `message.by_id` and `sql.delivery`, medians, in seconds."""
    with connect(location, read_only=True) as connection:
        ids = [_some_id(connection) for _ in range(RUNS)]
        ask = [partial(_ask, connection, TIMELINE, [message_id]) for message_id in ids]
        yield Result("message.by_id", median(ask), "s")
        delivery = partial(_ask, connection, "FROM delivery")
        delivery()
        yield Result("sql.delivery", median([delivery] * RUNS), "s")


def _ask(
    connection: duckdb.DuckDBPyConnection, sql: str, values: list[str] | None = None
) -> list[tuple[object, ...]]:
    rows = connection.execute(sql, values or []).fetchall()
    assert rows
    return rows


def _some_id(connection: duckdb.DuckDBPyConnection) -> str:
    """The id of any message, of any day."""
    files = connection.execute(
        "SELECT data_file FROM ducklake_list_files(current_database(), 'statuses')"
    ).fetchall()
    (file,) = random.choice(files)
    ((found,),) = connection.execute(
        "SELECT message_id FROM read_parquet(?) USING SAMPLE 1 ROWS", [file]
    ).fetchall()
    return str(found)
