"""SQLite resets the catalog's write-ahead log with each commit, also after our readers."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import duckdb
import pytest

import bluetick
import consumer
import dashboards
from bluetick.doctor import duplicates, offsets, wal
from bluetick.doctor.partition_counts import accounts
from bluetick.doctor.versions import versions
from bluetick.local.progress import Gauge
from bluetick.replay.dead_letters import LetterFilter, find
from bluetick.simulator.delivery_audit import balance
from schemas.topics import DEAD_LETTERS, STATUSES
from tests.support.lake import Lake, lake
from warehouse.connection import connect, is_current, wal_bytes
from warehouse.renewal import Warehouse

__all__ = ["lake"]


class Closable(Protocol):
    def close(self) -> None: ...


Opened = TypeVar("Opened", bound=Closable)

# Reads one row of a result and not the rest, as a cursor in a notebook does.
OPEN_CURSOR = """
import sys
from pathlib import Path
from warehouse.connection import Location, connect
connection = connect(Location.under(Path(sys.argv[1])), read_only=True)
cursor = connection.execute("FROM statuses")
cursor.fetchone()
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def open_cursor(lake: Lake) -> Iterator[int]:
    """The id of a process that has a result which is not read to its end."""
    folder = str(Path(lake.location.data_path).parent)
    with subprocess.Popen(
        [sys.executable, "-c", OPEN_CURSOR, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"open\n"
        yield process.pid


READERS: dict[str, Callable[[Lake, Path], object]] = {
    "progress": lambda lake, _: opened(Gauge("127.0.0.1:1", lake.location)).ready(),
    "balance": lambda lake, folder: balance(folder / "posted.csv", lake.location),
    "duplicates": lambda lake, _: list(duplicates.duplicates(reading(lake))),
    "offsets": lambda lake, _: list(offsets.offsets(c := reading(lake), accounts(c))),
    "versions": lambda lake, _: list(versions(reading(lake), embedded=False)),
    "dead letters": lambda lake, _: next(find(reading(lake), LetterFilter())[1]),
    "version": lambda lake, _: is_current(reading(lake)),
}
OPEN: list[Closable] = []


def opened(reader: Opened) -> Opened:
    """The reader, which stays open until the test has ended."""
    OPEN.append(reader)
    return reader


def reading(lake: Lake) -> duckdb.DuckDBPyConnection:
    """A connection that stays open, as a long-lived process has one."""
    return opened(connect(lake.location, read_only=True))


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.mark.parametrize("name", READERS)
def test_our_readers_leave_no_result_open(name: str, lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "posted.csv").write_text("event_id,acknowledged\n")
    for _ in range(3):
        lake.land(DEAD_LETTERS, b"junk")
    READERS[name](lake, tmp_path)
    lake.land_events(STATUSES, {})
    assert wal_bytes(lake.location) == 0


def test_our_code_reads_results_to_the_end() -> None:
    """fetchone and fetchmany leave the result open, and so the catalog's transaction too."""
    partial = [
        file
        for package in (bluetick, consumer, dashboards)
        for file in Path(str(package.__file__)).parent.rglob("*.py")
        if re.search(r"\.fetch(one|many)\(", file.read_text("utf-8"))
    ]
    assert partial == []


def test_doctor_names_a_foreign_reader(lake: Lake) -> None:
    lake.land_events(STATUSES, *({} for _ in range(5000)))
    with open_cursor(lake) as pid:
        for _ in range(5):
            lake.land_events(STATUSES, {})
        assert wal_bytes(lake.location) > 0
        found = wal.wal(lake.location, large=1)
        assert found
        assert found.level == "warning"
        assert f"process {pid} (python" in found.what
    lake.land_events(STATUSES, {})
    assert wal_bytes(lake.location) == 0
    clean = wal.wal(lake.location, large=1)
    assert clean
    assert clean.level == "ok"


def test_a_wal_kept_by_a_reader_is_removed_after_a_clean_end(lake: Lake) -> None:
    lake.land_events(STATUSES, *({} for _ in range(5000)))
    warehouse = Warehouse(lake.other, lake.location)
    with open_cursor(lake):
        lake.land_events(STATUSES, {})
    lake.connection.close()
    assert wal_bytes(lake.location) > 0
    warehouse.close()
    assert wal_bytes(lake.location) == 0
