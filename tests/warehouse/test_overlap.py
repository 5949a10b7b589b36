"""Transactions that overlap on a catalog of either kind: one wins, and nothing is mixed."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from schemas.topics import MESSAGES
from tests.chaos.audit import not_erased
from tests.chaos.reader import check
from tests.support.lake_servers import LakeServers, lake_servers
from tests.support.remote_lake import land_rows, opened
from warehouse.compaction import MANY, compact
from warehouse.connection import ALIAS, Location, connect
from warehouse.transaction import passing_cause, transact

__all__ = ["lake_servers"]

FACTS = "SELECT count(*), count(DISTINCT event_id), count(DISTINCT message_id) FROM messages"
METADATA = f"__ducklake_metadata_{ALIAS}"
# DuckLake gives each of these the greatest id so far plus one.
NUMBERED = {
    "ducklake_snapshot": "snapshot_id",
    "ducklake_data_file": "data_file_id",
    "ducklake_delete_file": "delete_file_id",
    "ducklake_table": "table_id || ':' || begin_snapshot",
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Location]:
    """A warehouse with one message in each of several files."""
    folder = tmp_path_factory.mktemp("overlap") / "data"
    variables: dict[str, str] = {}
    if request.param == "postgres":
        servers: LakeServers = request.getfixturevalue("lake_servers")
        variables = servers.environment()
    location = Location.of(folder, variables)
    opened(location)
    with connect(location) as connection:
        for number in range(MANY):
            land_rows(connection, MESSAGES, message(number))
    yield location
    with connect(location) as connection:
        assert check(connection)[1] == []
        for table, number in NUMBERED.items():
            doubled = f"SELECT count(*) - count(DISTINCT {number}) FROM {METADATA}.{table}"
            assert connection.execute(doubled).fetchall() == [(0,)], table


def message(number: int) -> dict[str, object]:
    return {"message_id": f"wamid.{number}", "content": '{"body": "a text"}'}


def deletion(number: int) -> dict[str, object]:
    gone = f"wamid.{number}"
    return {"message_id": f"{gone}.deleted", "type": "revoke", "target_message_id": gone}


def committed(connection: duckdb.DuckDBPyConnection) -> bool:
    """Commits; False if another writer was faster."""
    try:
        connection.execute("COMMIT")
    except duckdb.Error as error:
        if passing_cause(error) is None:
            raise
        return False
    return True


def test_a_merge_that_began_before_a_deletion_is_refused(place: Location) -> None:
    with connect(place) as merging, connect(place) as landing:
        ((before, *_),) = landing.execute(FACTS).fetchall()
        merging.execute("BEGIN")
        assert compact(merging, "messages") >= MANY
        land_rows(landing, MESSAGES, deletion(0))
        assert not committed(merging)
        assert landing.execute(FACTS).fetchall() == [(before + 1,) * 3]
        assert not_erased(landing)[1] == 0


def test_a_deletion_that_began_before_a_merge_is_refused_and_done_again(place: Location) -> None:
    with connect(place) as merging, connect(place) as landing:
        for number in range(100, 100 + MANY):
            land_rows(landing, MESSAGES, message(number))
        ((before, *_),) = landing.execute(FACTS).fetchall()
        landing.execute("BEGIN")
        landing.execute("UPDATE messages SET content = NULL WHERE message_id = 'wamid.1'")
        assert transact(merging, lambda: compact(merging, "messages")) >= MANY
        assert not committed(landing)
        land_rows(landing, MESSAGES, deletion(1))
        assert landing.execute(FACTS).fetchall() == [(before + 1,) * 3]
        assert not_erased(landing)[1] == 0


def test_two_merges_at_once_leave_each_row_once(place: Location) -> None:
    with connect(place) as one, connect(place) as other:
        for number in range(200, 200 + MANY):
            land_rows(one, MESSAGES, message(number))
        before = one.execute(FACTS).fetchall()
        for connection in (one, other):
            connection.execute("BEGIN")
            assert compact(connection, "messages") >= MANY
        one.execute("COMMIT")
        assert not committed(other)
        assert one.execute(FACTS).fetchall() == before


def test_two_that_insert_at_once_get_ids_of_their_own(place: Location) -> None:
    insert = "INSERT INTO erasures VALUES (?, now())"
    with connect(place) as one, connect(place) as other:
        for connection, name in ((one, "one"), (other, "other")):
            connection.execute("BEGIN")
            connection.execute(insert, [name])
        one.execute("COMMIT")
        if not committed(other):  # then nothing of it is there
            transact(other, lambda: other.execute(insert, ["other"]))
        found = "SELECT message_id FROM erasures WHERE message_id IN ('one', 'other') ORDER BY 1"
        for connection in (one, other):
            assert connection.execute(found).fetchall() == [("one",), ("other",)]
