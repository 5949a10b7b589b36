"""Files are merged while readers read, and no reader sees a difference."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from schemas.topics import DEAD_LETTERS, STATUSES
from tests.support.examples import times
from tests.support.lake import Lake, lake
from tests.support.records import log_of
from warehouse.compaction import MANY, compact
from warehouse.connection import Location, connect
from warehouse.offsets import open_partitions
from warehouse.transaction import transact

__all__ = ["lake"]

# Partitions whose number of rows in one snapshot is not the number in the offsets.
ODD = """
    SELECT partition, landed, count(event_id) AS found
    FROM kafka_offsets LEFT JOIN statuses USING (topic, partition)
    GROUP BY ALL HAVING landed <> found
"""


def files(lake: Lake, table: str = "statuses") -> int:
    return int(lake.rows(f"SELECT count(*) FROM ducklake_list_files('bluetick', '{table}')")[0][0])


def land(lake: Lake, batches: int, first: int = 0) -> None:
    for number in range(first, first + batches):
        lake.land_events(STATUSES, {"message_id": f"wamid.{number}"})


def compacted(lake: Lake, table: str = "statuses") -> int:
    return transact(lake.connection, lambda: compact(lake.connection, table))


def test_many_small_files_become_few(lake: Lake) -> None:
    land(lake, MANY)
    before = sorted(lake.rows("FROM statuses"), key=str)
    assert files(lake) == MANY
    assert compacted(lake) == MANY
    assert files(lake) < MANY
    assert sorted(lake.rows("FROM statuses"), key=str) == before


def test_few_small_files_are_left_alone(lake: Lake) -> None:
    land(lake, MANY - 1)
    assert compacted(lake) == 0


def test_a_compacted_table_is_not_compacted_again(lake: Lake) -> None:
    land(lake, MANY)
    compacted(lake)
    assert compacted(lake) == 0


def test_deleted_rows_are_left_out(lake: Lake) -> None:
    lake.land_events(STATUSES, {"message_id": "wamid.A"}, {"message_id": "wamid.B"})
    lake.connection.execute("DELETE FROM statuses WHERE message_id = 'wamid.A'")
    assert compacted(lake) == 1
    assert lake.rows("SELECT message_id FROM statuses") == [("wamid.B",)]
    assert compacted(lake) == 0


def test_an_empty_table_needs_nothing(lake: Lake) -> None:
    assert compacted(lake, "errors") == 0


def open_more(lake: Lake, partitions: int) -> None:
    more = {(log_of(STATUSES), partition): 0 for partition in range(1, partitions)}
    transact(lake.connection, lambda: open_partitions(lake.connection, more))


def test_compaction_leaves_no_list_of_deleted_offsets(lake: Lake) -> None:
    open_more(lake, MANY)
    land(lake, 2)
    lake.maintain(keep=60)
    land(lake, 2, first=2)
    scarred = "FROM ducklake_list_files('bluetick', 'kafka_offsets') WHERE delete_file IS NOT NULL"
    assert files(lake, "kafka_offsets") == 1
    assert lake.rows(scarred) == []


def test_no_rows_are_stored_in_the_catalog(lake: Lake) -> None:
    land(lake, 1)
    lake.connection.execute("UPDATE statuses SET status = 'read'")
    inlined = lake.rows(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'ducklake_inlined_data_%' "
        "AND table_name <> 'ducklake_inlined_data_tables' AND estimated_size > 0"
    )
    assert inlined == []


@pytest.mark.slow
@pytest.mark.hypothesis  # the profile says how many batches
def test_readers_always_see_a_whole_snapshot(lake: Lake, tmp_path: Path) -> None:
    open_more(lake, MANY)
    chance = random.Random(1)
    stop = threading.Event()
    odd: list[tuple[object, ...]] = []
    readers = [threading.Thread(target=_read, args=(tmp_path, stop, odd.append)) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(times(3)):
        lake.land_across(STATUSES, chance.sample(range(MANY), chance.randint(1, MANY)))
        if number % 4 == 3:
            lake.maintain(keep=60)
    stop.set()
    for reader in readers:
        reader.join()
    assert odd == []


def _read(
    data_dir: Path, stop: threading.Event, report: Callable[[tuple[object, ...]], None]
) -> None:
    pause = 0.0
    with connect(Location.under(data_dir), read_only=True, threads=1) as connection:
        while not stop.wait(pause):
            began = time.monotonic()
            try:
                for found in connection.execute(ODD).fetchall():
                    report(found)
            except duckdb.Error as error:
                report((str(error),))
            # Without a pause, the readers take the processor from what they watch.
            pause = time.monotonic() - began


def test_snapshots_are_kept_as_long_as_configured(lake: Lake) -> None:
    land(lake, 3)
    kept = "SELECT count(*) FROM ducklake_snapshots('bluetick')"
    before = lake.rows(kept)
    lake.maintain(keep=3600)
    assert lake.rows(kept) >= before
    lake.maintain(keep=0)
    assert lake.rows(kept) == [(1,)]
    assert lake.rows("SELECT count(*) FROM statuses") == [(3,)]


def test_files_larger_than_memory_are_compacted_in_smaller_portions(lake: Lake) -> None:
    """Long texts compress well, so the size of a file does not show the memory it needs."""
    for number in range(MANY + 4):
        payload = bytes([number]) * 4_000_000
        lake.land(DEAD_LETTERS, *(payload for _ in range(3)))
    before = files(lake, "dead_letters")
    lake.connection.execute("SET memory_limit = '200MB'")
    lake.connection.execute("SET threads = 1")
    lake.maintain(0)
    assert lake.rows("SELECT count(*) FROM dead_letters") == [(3 * (MANY + 4),)]
    assert files(lake, "dead_letters") < before


def test_merged_files_are_sorted_by_message_in_small_groups(lake: Lake) -> None:
    for number in range(MANY):
        lake.connection.execute(
            f"INSERT INTO statuses BY NAME SELECT uuid() AS event_id, now() AS received_at, "
            f"md5('{number} ' || n) AS message_id FROM range(6000) AS ids(n)"
        )
    lake.maintain(keep=60)

    ((file,),) = lake.rows("SELECT data_file FROM ducklake_list_files('bluetick', 'statuses')")
    groups = lake.rows(
        "SELECT stats_min_value, stats_max_value, compression FROM parquet_metadata("
        f"'{file}') WHERE path_in_schema = 'message_id' ORDER BY row_group_id"
    )
    assert len(groups) > 1
    assert {compression for *_, compression in groups} == {"ZSTD"}
    assert all(last < first for (_, last, _), (first, _, _) in pairwise(groups))
