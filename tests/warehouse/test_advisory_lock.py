"""Writers queue in PostgreSQL, also those that merge files, and survive its end."""

from __future__ import annotations

import sys
import threading
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from schemas.topics import STATUSES
from tests.support.lake_servers import LakeServers, lake_servers, remote
from tests.support.process import Child
from tests.support.remote_lake import land_statuses, opened
from tests.support.waiting import wait_for
from warehouse.advisory_lock import AdvisoryLock
from warehouse.campaigns import CampaignRule
from warehouse.compaction import MANY
from warehouse.connection import Location, connect
from warehouse.maintenance import Schedule, maintain
from warehouse.renewal import Warehouse

__all__ = ["lake_servers", "remote"]

# Waits for its turn until PostgreSQL is gone, and ends both connections.
WAIT = """
import sys
from pathlib import Path
from warehouse.advisory_lock import AdvisoryLock
from warehouse.connection import Location, connect
from warehouse.transaction import roll_back
location = Location.of(Path(sys.argv[1]))
connection = connect(location)
connection.execute("BEGIN")
connection.execute("FROM kafka_offsets").fetchall()
lock = AdvisoryLock(location, patience=500)
with lock.held():
    print("taken" if lock.taken else "not taken")
lock.close()
roll_back(connection)
connection.close()
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
FILES = f"SELECT count(*) FROM ducklake_list_files('bluetick', '{STATUSES.table}')"


def test_one_process_at_a_time_merges_files(remote: Location, lake_servers: LakeServers) -> None:
    opened(remote)
    for number in range(MANY):
        land_statuses(remote, f"wamid.{number}")
    lock = AdvisoryLock(remote)
    faults: list[BaseException] = []

    def tidy() -> None:
        own = AdvisoryLock(remote, patience=500)
        try:
            with closing(own), Warehouse(lambda: connect(remote), remote) as held:
                for _ in maintain(held, Schedule(1, 600), lock=own):
                    pass
        except BaseException as error:
            faults.append(error)

    others = [threading.Thread(target=tidy) for _ in range(2)]
    with closing(lock), connect(remote, read_only=True) as reader:
        with lock.held():
            for thread in others:
                thread.start()
            wait_for(lambda: lake_servers.postgres.query(WAITING) == "2")
            assert reader.execute(FILES).fetchall() == [(MANY,)]
        for thread in others:
            thread.join()
        assert faults == []
        ((files,),) = reader.execute(FILES).fetchall()
        assert files < MANY
        counts = "SELECT count(*), count(DISTINCT message_id) FROM statuses"
        assert reader.execute(counts).fetchall() == [(MANY, MANY)]


@pytest.mark.servers
def test_a_process_that_waits_survives_the_end_of_postgres(
    remote: Location, lake_servers: LakeServers, tmp_path: Path
) -> None:
    opened(remote)
    # `remote` has set the variables that the process reads.
    waiting = Child([sys.executable, "-c", WAIT, str(tmp_path)], log=tmp_path / "log")
    lock = AdvisoryLock(remote)
    with connect(remote) as idle, closing(lock), lock.held():
        assert lock.taken
        waiting.start()
        wait_for(lambda: lake_servers.postgres.query(WAITING) == "1", explain=waiting.tail)
        lake_servers.postgres.kill()
        assert waiting.wait(300) == 0, waiting.tail()
        with pytest.raises(duckdb.IOException):  # not BadRule, which would end a consumer
            CampaignRule().check(idle)
    lake_servers.postgres.start()
    assert waiting.tail().splitlines()[-1] == "not taken"
