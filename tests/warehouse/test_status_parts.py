"""Statuses in parts: each once, all of a message together, and no file left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.status_parts import split
from warehouse.tables import tables

MESSAGES = 40


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in tables()["statuses"].items())
        found.execute(f"CREATE TABLE statuses ({columns})")
        found.execute(
            "INSERT INTO statuses BY NAME SELECT 'message ' || (n // 2) AS message_id, "
            f"'sent' AS status, n AS content_hash FROM range({2 * MESSAGES}) AS numbers (n)"
        )
        yield found


def read(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, int]]:
    return connection.execute(f"SELECT message_id, content_hash FROM {query}").fetchall()


@pytest.mark.parametrize("on_disk", [True, False])
@pytest.mark.parametrize("parts", [1, 2, 7, 200])  # of 200, most are empty
def test_each_status_is_in_one_part_with_the_others_of_its_message(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, parts: int, on_disk: bool
) -> None:
    queries = split(connection, "statuses", parts, tmp_path if on_disk else None)
    found = [read(connection, query) for query in queries]

    assert len(found) == parts
    assert sorted(number for rows in found for _, number in rows) == list(range(2 * MESSAGES))
    messages = [{message for message, _ in rows} for rows in found]
    assert sum(map(len, messages)) == MESSAGES
    assert not list(tmp_path.rglob("*.parquet"))


def test_only_what_the_sums_need_is_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    query = next(split(connection, "statuses", 2, tmp_path))
    columns = {name for name, *_ in connection.execute(f"DESCRIBE FROM {query}").fetchall()}

    assert {"message_id", "status", "occurred_at", "content_hash"} <= columns
    assert not {"event_id", "extra", "partition", "offset"} & columns
