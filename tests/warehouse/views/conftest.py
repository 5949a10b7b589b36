"""One warehouse for the tests of a file; the rows of each test are rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.support.views import Views
from warehouse.connection import Location, connect, create


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A real, new warehouse."""
    location = Location.under(tmp_path_factory.mktemp("warehouse"))
    with connect(location, threads=2) as connection:
        create(connection)
        yield connection


@pytest.fixture
def views(connection: duckdb.DuckDBPyConnection) -> Iterator[Views]:
    """A warehouse without rows."""
    connection.execute("BEGIN")
    try:
        yield Views(connection)
    finally:
        connection.execute("ROLLBACK")
