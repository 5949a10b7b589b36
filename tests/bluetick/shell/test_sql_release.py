"""A result that is not read to its end leaves no transaction open, and queries have a time limit.

An open read transaction would keep SQLite from reusing the catalog's write-ahead log.
"""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from bluetick.shell.session import Session, SqlError
from schemas.topics import STATUSES
from tests.support.lake import Lake, lake
from tests.support.waiting import wait_for

__all__ = ["lake"]

ENDLESS = "SELECT message_id, repeat('x', 100) AS text FROM statuses, range(1000000000000)"
BUSY = "SELECT sum(a.range * b.range) FROM statuses, range(10000000) a, range(10000000) b"


class Output(io.StringIO):
    """A text output that calls a function after some of the text was written."""

    def __init__(self, after: Callable[[], object]) -> None:
        super().__init__()
        self._after = after

    def write(self, text: str) -> int:
        if self.tell() > 1000:
            self._after()
        return super().write(text)


@pytest.fixture
def free(lake: Lake) -> Callable[[], bool]:
    """Whether no reader prevents SQLite from resetting the log after the next landing."""
    lake.land_events(STATUSES, {"message_id": "wamid.0"})
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=0); "
        "print(c.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()[0][0]); c.close()"
    )

    def nobody_reads() -> bool:
        lake.land_events(STATUSES, {"message_id": "wamid.1"})
        command = [sys.executable, "-c", code, str(lake.location.sqlite_file)]
        return subprocess.run(command, capture_output=True, text=True).stdout == "0\n"

    return nobody_reads


def session(lake: Lake, out: io.StringIO, seconds: float = 0.0) -> Session:
    return Session(lake.location, "csv", out, seconds)


def failing(error: type[BaseException]) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_the_test_can_see_an_open_transaction(lake: Lake, free: Callable[[], bool]) -> None:
    found = []
    reading = session(lake, Output(lambda: (found.append(free()), failing(BrokenPipeError)())))
    with pytest.raises(BrokenPipeError):
        reading.run(ENDLESS)
    assert found == [False]
    reading.close()


@pytest.mark.parametrize("error", [BrokenPipeError, KeyboardInterrupt])
def test_the_output_is_closed_early(
    lake: Lake, free: Callable[[], bool], error: type[BaseException]
) -> None:
    reading = session(lake, Output(failing(error)))
    with pytest.raises(error):
        reading.run(ENDLESS)
    assert free()
    reading.close()


def test_an_error_after_some_rows(lake: Lake, free: Callable[[], bool]) -> None:
    out = io.StringIO()
    reading = session(lake, out)
    late = "SELECT CASE WHEN range = 300000 THEN error('late') ELSE message_id END AS id"
    with pytest.raises(SqlError, match="late"):
        reading.run(f"{late} FROM statuses, range(400000)")
    assert out.getvalue().startswith("id\nwamid.0\n")
    assert free()
    reading.close()


@pytest.mark.parametrize("query", [ENDLESS, BUSY])
def test_time_runs_out(lake: Lake, free: Callable[[], bool], query: str) -> None:
    out = io.StringIO()
    reading = session(lake, out, 1)
    reading.run("SET threads = 1")  # one core is enough to wait
    with pytest.raises(SqlError, match=r"after 1 seconds\..* --timeout SECONDS"):
        reading.run(query)
    assert free()
    out.truncate(out.seek(0))
    reading.run("SELECT 1 AS one; SELECT 2 AS two")
    assert out.getvalue() == "one\n1\ntwo\n2\n"
    reading.close()


def test_time_runs_out_while_nobody_reads_the_rows(
    lake: Lake,
    free: Callable[[], bool],
) -> None:
    goes_on = threading.Event()
    reading = session(lake, Output(goes_on.wait), 1)
    with ThreadPoolExecutor(1) as writer:
        running = writer.submit(reading.run, ENDLESS)
        wait_for(free)
        assert not running.done()
        goes_on.set()
        with pytest.raises(SqlError, match="after 1 seconds"):
            running.result()
    reading.close()


def test_rows_that_cannot_be_shown(lake: Lake, free: Callable[[], bool]) -> None:
    reading = session(lake, io.StringIO())
    with pytest.raises(SqlError, match="cannot be shown"):
        reading.run("SELECT (1, 2) FROM statuses, range(100000)")
    assert free()
    reading.close()


def test_a_session_continues_after_an_error_inside_duckdb(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.land_events(STATUSES, {"message_id": "wamid.0"})
    out = io.StringIO()
    reading = session(lake, out)
    broken = reading._connection

    class Breaking:
        """A connection whose database fails with an internal error."""

        def execute(self, *_: object) -> None:
            raise duckdb.InternalException("Attempted to access index 0 within vector of size 0")

        def close(self) -> None:
            broken.close()

    monkeypatch.setattr(reading, "_connection", Breaking())
    with pytest.raises(SqlError, match="you can go on"):
        reading.run("SELECT 1")
    reading.run("SELECT message_id FROM statuses")
    reading.close()

    assert "wamid.0" in out.getvalue()
