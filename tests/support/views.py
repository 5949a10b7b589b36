"""A warehouse for tests of views; the rows of each test are removed after it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.connection import ALIAS, DEFAULT_RULE, _create_tables, _fill
from warehouse.rollups import rebuild
from warehouse.views import TABLES

Row = dict[str, Any]

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
NUMBER = "15550001111"
CUSTOMER = "5511987654321"
# Views that take no limits of time.
UNLIMITED = ("error_advice", "message_events")


def minute(count: float) -> datetime:
    """The time this many minutes after the tests' common start, which is long ago."""
    return START + timedelta(minutes=count)


def ago(**span: float) -> datetime:
    """The time this long before now."""
    return datetime.now(UTC) - timedelta(**span)


def status(name: str, at: datetime = START, /, **fields: Any) -> Row:
    """A row of `statuses`: one message to one customer unless `fields` say otherwise."""
    return {
        "event_id": str(uuid.uuid4()),
        "content_hash": 1,
        "source": "meta",
        "dialect": "cloud",
        "occurred_at": at,
        "received_at": at + timedelta(seconds=1),
        "kind": "message",
        "channel": "messages",
        "phone_number_id": "106",
        "display_phone_number": NUMBER,
        "message_id": "wamid.A",
        "recipient_id": CUSTOMER,
        "status": name,
        **fields,
    }


def in_group(name: str, at: datetime = START, /, **fields: Any) -> Row:
    """A status about a message to a group."""
    return status(name, at, **{"recipient_id": "group.1", "recipient_type": "group"} | fields)


def in_memory() -> duckdb.DuckDBPyConnection:
    """The tables and views of a new warehouse, in memory instead of in a DuckLake."""
    connection = duckdb.connect(config={"python_enable_replacements": "false", "threads": "1"})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"ATTACH ':memory:' AS {ALIAS}")
    connection.execute(f"USE {ALIAS}")
    _create_tables(connection)
    _fill(connection, DEFAULT_RULE)
    return connection


class Views:
    """Fills the tables of a real warehouse, and queries its views."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def add(self, *rows: Row, table: str = "statuses") -> None:
        """Inserts rows into a table, and counts them; columns that are not given are null."""
        self.insert(*rows, table=table)
        if table in TABLES:
            rebuild(self.connection)

    def insert(self, *rows: Row, table: str = "statuses") -> None:
        """The same without sums, for views that read none."""
        columns = {column: None for row in rows for column in row}
        self.connection.register("added", pa.Table.from_pylist([columns | row for row in rows]))
        self.connection.execute(f"INSERT INTO {table} BY NAME FROM added")
        self.connection.unregister("added")

    def rows(self, sql: str) -> list[Row]:
        """The rows of the result as dicts."""
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str) -> Row:
        """The only row of the result."""
        (row,) = self.rows(sql)
        return row

    def outcome(self, *rows: Row) -> Row:
        """The only outcome of these statuses."""
        self.add(*rows)
        return self.row("FROM outcomes")
