"""An error inside DuckDB breaks one connection, not the dashboard."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dashboards import warehouse_reader
from tests.support import states


@pytest.fixture(autouse=True)
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states.taken(tmp_path)
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(tmp_path))


def database(connection: warehouse_reader.Connection) -> str:
    """An identity of the open database, which lasts as long as it is open."""
    connection.execute("CREATE TABLE IF NOT EXISTS memory.main.seen AS SELECT uuid() AS id")
    connection.execute("COMMIT; BEGIN TRANSACTION")
    ((found,),) = connection.execute("SELECT id::VARCHAR FROM memory.main.seen").fetchall()
    return str(found)


def test_a_broken_connection_is_replaced_and_the_query_asked_again() -> None:
    asked: list[str] = []

    def query(connection: warehouse_reader.Connection) -> str:
        asked.append(database(connection))
        if len(asked) == 1:
            raise duckdb.InternalException("Attempted to access index 0 within vector of size 0")
        return asked[-1]

    before = warehouse_reader.ask(database)
    answer = warehouse_reader.ask(query)

    assert asked == [before, answer]
    assert answer != before


def test_a_query_that_always_breaks_is_asked_twice_and_explained() -> None:
    asked: list[None] = []

    def query(connection: warehouse_reader.Connection) -> None:  # noqa: ARG001 (as queries are)
        asked.append(None)
        raise duckdb.InternalException("Attempted to access index 0 within vector of size 0")

    with pytest.raises(warehouse_reader.WarehouseUnreadable, match="a query failed"):
        warehouse_reader.ask(query)

    assert len(asked) == 2


QUERY_AT_THE_END = """
import sys, threading, time
from dashboards import warehouse_reader

running = threading.Event()

def query(connection):
    running.set()
    while True:
        connection.execute("SELECT sum(i) FROM range(20_000_000) rows (i)").fetchall()

threading.Thread(target=lambda: warehouse_reader.ask(query), daemon=True).start()
assert running.wait(60)
if sys.argv[1:]:
    warehouse_reader.end()
"""


@pytest.mark.process
def test_a_query_at_the_end_does_not_abort_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", QUERY_AT_THE_END, "end"], capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert "terminate" not in ended.stderr
