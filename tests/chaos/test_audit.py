"""The audit and the reader find the faults they must find."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from schemas.topics import DEAD_LETTERS, MESSAGES, STATUSES, Topic
from tests.chaos.audit import Balance, balance, not_erased
from tests.chaos.reader import check
from tests.support.lake import created

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = (uuid.UUID(int=n) for n in (1, 2, 3))


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse whose offsets claim two statuses landed."""
    with created(tmp_path) as connection:
        claim(connection, landed=2)
        yield connection


def claim(
    connection: duckdb.DuckDBPyConnection, *, landed: int, dead: int = 0, duplicates: int = 0
) -> None:
    connection.execute("DELETE FROM kafka_offsets")
    connection.execute(
        "INSERT INTO kafka_offsets BY NAME SELECT 'c' AS cluster_id, 't' AS topic_id, "
        "? AS topic, 0 AS partition, 10 AS first_offset, ? AS next_offset, ? AS landed, "
        "? AS duplicates, 0 AS conflicts, ? AS dead_letters, 0 AS skipped",
        [STATUSES.name, 10 + landed + dead + duplicates, landed, duplicates, dead],
    )


def put(
    connection: duckdb.DuckDBPyConnection,
    event_id: uuid.UUID,
    offset: int,
    topic: Topic = STATUSES,
) -> None:
    connection.execute(
        f"INSERT INTO {topic.table} BY NAME SELECT ?::UUID AS event_id, ? AS topic, "
        '0 AS partition, ?::BIGINT AS "offset"',
        [str(event_id), STATUSES.name, offset],
    )


def ids(*events: uuid.UUID) -> set[bytes]:
    return {event.bytes for event in events}


def test_all_landed_once(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, FIRST, 10)
    put(warehouse, SECOND, 11)
    both = ids(FIRST, SECOND)
    assert balance(warehouse, sent=both, acknowledged=both) == Balance(2, 0, 0, 0)
    assert check(warehouse) == (2, [])


def test_lost(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, FIRST, 10)
    both = ids(FIRST, SECOND)
    assert balance(warehouse, sent=both, acknowledged=both).lost == 1


def test_sent_but_never_acknowledged_is_not_lost(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, FIRST, 10)
    found = balance(warehouse, sent=ids(FIRST, SECOND), acknowledged=ids(FIRST))
    assert found == Balance(1, 0, 0, 0)


def test_doubled_in_two_tables(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, FIRST, 10)
    put(warehouse, FIRST, 11, DEAD_LETTERS)
    assert balance(warehouse, sent=ids(FIRST), acknowledged=ids(FIRST)).doubled == 1


def test_unknown(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, THIRD, 10)
    assert balance(warehouse, sent=ids(FIRST), acknowledged=set()).unknown == 1


def test_half_a_batch(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, FIRST, 10)
    rows, wrong = check(warehouse)
    assert rows == 1
    assert len(wrong) == 1
    assert "landed 2 + dead 0, rows 1" in wrong[0]


def test_poison_counts_for_the_topic_it_was_in(warehouse: duckdb.DuckDBPyConnection) -> None:
    claim(warehouse, landed=1, dead=1, duplicates=1)
    put(warehouse, FIRST, 10)
    put(warehouse, SECOND, 12, DEAD_LETTERS)
    assert check(warehouse) == (2, [])


def test_one_record_landed_twice(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, FIRST, 10)
    put(warehouse, SECOND, 10)
    assert "rows 2 of 1 places" in check(warehouse)[1][0]


def test_row_past_the_offset(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, FIRST, 10)
    put(warehouse, SECOND, 12)
    assert "at or past next_offset" in check(warehouse)[1][0]


def test_offsets_that_do_not_add_up(warehouse: duckdb.DuckDBPyConnection) -> None:
    put(warehouse, FIRST, 10)
    put(warehouse, SECOND, 11)
    warehouse.execute("UPDATE kafka_offsets SET next_offset = next_offset + 1, skipped = 0")
    assert "passed 3, not 2 + 0 + 0 + 0" in check(warehouse)[1][0]


def test_rows_without_offsets(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("DELETE FROM kafka_offsets")
    put(warehouse, FIRST, 10)
    assert "no offsets" in check(warehouse)[1][0]


def test_a_deleted_message_that_has_its_text(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert not_erased(warehouse) == (0, 0)
    insert = f"INSERT INTO {MESSAGES.table} BY NAME SELECT ? AS message_id, ? AS type, "
    warehouse.execute(f"{insert} NULL AS content, 'A' AS target_message_id", ["B", "revoke"])
    assert not_erased(warehouse) == (1, 0)
    warehouse.execute(f"{insert} 'a text' AS content, NULL AS target_message_id", ["A", "text"])
    assert not_erased(warehouse) == (1, 1)
