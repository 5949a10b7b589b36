"""Makes an Arrow table readable in SQL for some statements."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import duckdb


@contextlib.contextmanager
def registered(connection: duckdb.DuckDBPyConnection, name: str, rows: object) -> Iterator[None]:
    """Makes `rows` (an Arrow table) readable as the table `name` within the `with` block."""
    connection.register(name, rows)
    try:
        yield
    finally:
        connection.unregister(name)
