"""Sums of parts: the same however often they are summed up, in files or in a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse import partial_sums
from warehouse.partial_sums import PartialSums

PARTS = 20


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        found.execute("CREATE TABLE rollups (kind VARCHAR, messages BIGINT)")
        yield found


@pytest.mark.parametrize("more_rows", [0, 3, 1_000])
@pytest.mark.parametrize("on_disk", [True, False])
def test_rows_of_all_parts_count(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    on_disk: bool,
    more_rows: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(partial_sums, "MORE_ROWS", more_rows)
    sums = PartialSums(
        connection,
        tmp_path if on_disk else None,
        "* REPLACE (sum(messages)::BIGINT AS messages)",
        "GROUP BY ALL HAVING sum(messages) <> 0",
    )
    for number in range(PARTS):
        sums.add(f"FROM (VALUES ('a', 1), ('b', {number}), ('c{number}', 1)) AS t (kind, messages)")

    found = connection.execute(
        f"SELECT kind, sum(messages)::BIGINT FROM ({sums.query}) GROUP BY ALL"
    ).fetchall()
    assert dict(found) == {"a": PARTS, "b": sum(range(PARTS))} | {f"c{n}": 1 for n in range(PARTS)}
    sums.drop()
    assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("rollups",)]


def test_files_that_are_summed_up_go(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial_sums, "MORE_ROWS", 10)
    sums = PartialSums(
        connection,
        tmp_path,
        "* REPLACE (sum(messages)::BIGINT AS messages)",
        "GROUP BY ALL HAVING sum(messages) <> 0",
    )
    for _ in range(PARTS):
        sums.add("FROM (VALUES ('a', 1), ('b', 2)) AS t (kind, messages)")

    assert 1 <= len(list(tmp_path.iterdir())) <= 7
    assert connection.execute(f"SELECT count(*) <= 14 FROM ({sums.query})").fetchall() == [(True,)]
