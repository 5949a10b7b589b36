"""Reads the warehouse as it is at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.connection import Location, connect
from warehouse.transaction import roll_back


@contextmanager
def snapshot(
    location: Location, *, threads: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection in one transaction. Raises WarehouseError, Busy and duckdb.Error."""
    connection = connect(location, read_only=True, threads=threads)
    try:
        connection.execute("BEGIN")
        yield connection
    finally:
        roll_back(connection)
        connection.close()
