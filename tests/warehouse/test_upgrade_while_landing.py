"""The consumer updates a warehouse of an earlier version while events arrive and others read."""

from __future__ import annotations

import tarfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.topics import STATUSES
from tests.support.broker import fresh_broker
from tests.support.command import run
from tests.support.land import consumers, publish, statuses
from tests.support.landed import await_all_landed
from tests.support.waiting import wait_for
from warehouse.connection import Location, WarehouseError, connect, is_current
from warehouse.transaction import Busy

FIXTURES = Path(__file__).parents[1] / "fixtures" / "warehouse"
BEFORE = 4  # the statuses that version 0.1.0 landed
# The warehouse's rows are of another cluster.
CONTINUE = ("--accept-new-log", "--tidy-seconds", "1")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    with tarfile.open(FIXTURES / "0.1.0.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


def reading(data_dir: Path, end: threading.Event) -> list[int]:
    """The number of statuses, counted again and again by new readers until the end."""
    found = []
    pause = 0.0
    while not end.wait(pause):
        began = time.monotonic()
        try:
            with connect(Location.under(data_dir), read_only=True, threads=1) as connection:
                counted = connection.execute("SELECT count(*) FROM statuses").fetchall()
                found.append(int(counted[0][0]))
        except Busy:
            continue
        finally:
            # To open a warehouse takes the processor from the consumer that updates it.
            pause = 4 * (time.monotonic() - began)
    return found


def has(data_dir: Path, table: str) -> bool:
    try:
        with connect(Location.under(data_dir), read_only=True, threads=1) as connection:
            found = connection.execute(
                "SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [table]
            )
            return found.fetchall() == [(1,)]
    except (Busy, WarehouseError):
        return False


def test_it_is_killed_in_the_update_and_goes_on(data_dir: Path) -> None:
    end = threading.Event()
    with (
        fresh_broker() as broker,
        consumers(broker.bootstrap, data_dir.parent) as group,
        ThreadPoolExecutor(1) as pool,
    ):
        reader = pool.submit(reading, data_dir, end)
        try:
            new = statuses(500)
            publish(broker.bootstrap, STATUSES, list(new.values()))
            first = group.start(*CONTINUE)
            wait_for(lambda: has(data_dir, "sends"), explain=group.logs)
            first.kill()  # its tables are new, and maybe not its views and sums
            more = statuses(500)
            publish(broker.bootstrap, STATUSES, list(more.values()))
            group.start(*CONTINUE)
            group.await_landed([*new, *more])
            await_all_landed(broker.bootstrap, data_dir)
        finally:
            end.set()
        counts = reader.result()
    assert counts == sorted(counts)
    assert counts[0] == BEFORE
    assert counts[-1] <= BEFORE + len(new) + len(more)
    with connect(Location.under(data_dir), read_only=True) as connection:
        assert is_current(connection)
        total = connection.execute("SELECT count(*) FROM statuses").fetchall()
        assert total == [(BEFORE + len(new) + len(more),)]
    done = run("rebuild", "--data-dir", str(data_dir))
    assert (done.returncode, done.stdout) == (0, "all sums were right\n")
