"""Tables and views in memory for the tests of a file; the rows of each test are rolled back.

A question to a DuckLake takes three to seven times as long. That a DuckLake gives the same answers
is tested in `test_on_ducklake.py`, and where files or landings matter.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.support.views import Views, in_memory


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables and views of a new warehouse."""
    with in_memory() as connection:
        yield connection


@pytest.fixture
def views(connection: duckdb.DuckDBPyConnection) -> Iterator[Views]:
    """A warehouse without rows."""
    connection.execute("BEGIN")
    try:
        yield Views(connection)
    finally:
        connection.execute("ROLLBACK")
