"""A warehouse of an earlier version opens, keeps its rows and continues to work."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from schemas.topics import STATUSES, TOPICS
from tests.support.lake import Lake
from warehouse.connection import Location, connect, is_current
from warehouse.views import VIEWS

WAREHOUSES = sorted((Path(__file__).parents[1] / "fixtures" / "warehouse").glob("[0-9]*.tar.gz"))
# The rows that version 0.1.0 landed; it had no sends.
ROWS = {
    "statuses": 4,
    "messages": 2,
    "errors": 1,
    "account_events": 1,
    "sends": 0,
    "dead_letters": 1,
}


@pytest.fixture(params=WAREHOUSES, ids=lambda file: file.name.removesuffix(".tar.gz"))
def data_dir(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


def test_it_is_upgraded_and_keeps_every_row(data_dir: Path) -> None:
    with connect(Location.under(data_dir), read_only=True) as before:
        assert not is_current(before)
    lake = Lake(data_dir)
    with lake.connection:
        assert is_current(lake.connection)
        assert {topic.table for topic in TOPICS if topic.table} == ROWS.keys()
        for table, rows in ROWS.items():
            assert lake.rows(f"SELECT count(*) FROM {table}") == [(rows,)], table
        for view in VIEWS:
            lake.rows(f"FROM {view}")


def test_landing_continues_and_drops_what_has_landed(data_dir: Path) -> None:
    lake = Lake(data_dir)
    with lake.connection:
        ((event_id, content_hash, received_at),) = lake.rows(
            "SELECT event_id::VARCHAR, content_hash, epoch_us(received_at) FROM statuses "
            "WHERE message_id = 'wamid.2'"
        )
        known = {
            "event_id": event_id,
            "content_hash": content_hash,
            "received_at": received_at,
            "message_id": "wamid.2",
        }
        move = lake.land_events(STATUSES, known, {"message_id": "wamid.NEW"})
        assert (move.landed, move.duplicates) == (1, 1)
        assert lake.rows("SELECT content FROM messages WHERE message_id = 'wamid.GONE'") == [
            (None,)
        ]
        lake.maintain(0)
        assert lake.rows("SELECT count(*) FROM statuses") == [(5,)]


def test_after_a_rollback_the_earlier_version_goes_on_with_its_own_columns(tmp_path: Path) -> None:
    """A later version that keeps the format has added a column and a table, and changed a view."""
    lake = Lake(tmp_path)
    with lake.connection:
        lake.rows("ALTER TABLE statuses ADD COLUMN of_later VARCHAR")
        lake.rows("CREATE TABLE later (x INT)")
        lake.rows("CREATE OR REPLACE VIEW outcomes AS SELECT 1 AS of_later")
        lake.land_events(STATUSES, {"message_id": "wamid.LATER"})
        lake.rows("UPDATE statuses SET of_later = 'kept'")
        lake.rows("UPDATE warehouse_version SET digest = 'later'")
    earlier = Lake(tmp_path)
    with earlier.connection:
        assert is_current(earlier.connection)
        earlier.land_events(STATUSES, {"message_id": "wamid.EARLIER"})
        earlier.maintain(0)
        assert earlier.rows("SELECT message_id, of_later FROM statuses ORDER BY ALL") == [
            ("wamid.EARLIER", None),
            ("wamid.LATER", "kept"),
        ]
        assert earlier.rows("SELECT count(message_id) FROM outcomes") == [(2,)]
        assert earlier.rows("SELECT sum(messages) FROM outcome_counts") == [(2,)]


def test_sums_are_computed_anew_after_a_version_that_knew_no_format(tmp_path: Path) -> None:
    """Version 0.2.0 writes sums without what it does not know, and leaves `rollup_version`."""
    lake = Lake(tmp_path)
    with lake.connection:
        lake.land_events(STATUSES, {"message_id": "wamid.ONE"})
        lake.rows("DELETE FROM rollups")
        lake.rows("CREATE OR REPLACE TABLE warehouse_version AS SELECT 'of 0.2.0' AS digest")
    again = Lake(tmp_path)
    with again.connection:
        assert again.rows("SELECT sum(messages) FROM outcome_counts") == [(1,)]
