"""`bluetick rebuild` corrects the sums of the pages, also while events land."""

from __future__ import annotations

from pathlib import Path

from schemas.topics import STATUSES
from tests.support.command import run
from tests.support.lake import Lake, lake
from warehouse.rollups import corrections
from warehouse.transaction import transact

__all__ = ["lake"]

COUNTED = "SELECT outcome, sum(messages)::BIGINT FROM outcome_counts GROUP BY ALL ORDER BY ALL"


def test_wrong_sums_are_corrected(lake: Lake, tmp_path: Path) -> None:
    lake.land_events(STATUSES, {"message_id": "a", "status": "read"}, {"message_id": "b"})
    right = lake.rows(COUNTED)
    lake.connection.execute("DELETE FROM rollups")
    done = run("rebuild", "--data-dir", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "5 sums were wrong and are right now\n"
    assert lake.rows(COUNTED) == right
    again = run("rebuild", "--data-dir", str(tmp_path))
    assert again.stdout == "all sums were right\n"


def test_events_may_land_between_reading_and_correcting(lake: Lake) -> None:
    lake.land_events(STATUSES, {"message_id": "a"}, {"message_id": "b"})
    lake.connection.execute("DELETE FROM rollups")
    lake.connection.execute(f"CREATE TEMP TABLE corrections AS {corrections()}")
    lake.land_events(STATUSES, {"message_id": "a", "status": "read"}, {"message_id": "c"})
    insert = "INSERT INTO rollups BY NAME FROM corrections"
    transact(lake.connection, lambda: lake.connection.execute(insert))
    assert lake.rows(corrections()) == []


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path) -> None:
    done = run("rebuild", "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert "start `bluetick up`" in done.stderr
    assert list(tmp_path.iterdir()) == []
