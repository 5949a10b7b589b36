"""Files of past days hold a range of message ids each, and no row is lost or changed by that."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.lake import Lake, lake
from warehouse.clustering import (
    LONGEST,
    MOST_FILES,
    MOST_OPENED,
    SETTLED,
    File,
    cluster,
    files,
    groups,
    overlapping,
    split,
)
from warehouse.transaction import transact

__all__ = ["lake"]

# The first moment of a group of the longest time, and one when it is over.
START = datetime.fromtimestamp(2_000 * LONGEST.total_seconds(), UTC)
OVER = START + LONGEST


def file(low: str, high: str, received: datetime = START) -> File:
    return File(f"{low}-{high}-{received}", low, high, received)


@pytest.mark.parametrize("latest", [START, OVER - timedelta(seconds=1)])
def test_files_that_were_received_in_the_same_days_are_a_group(latest: datetime) -> None:
    held = [file("a", "z"), file("a", "z", latest)]
    assert list(groups(held, OVER)) == [held]


def test_files_of_other_days_are_another_group() -> None:
    held = [file("a", "z", START - timedelta(seconds=1)), file("a", "z")]
    assert list(groups(held, OVER)) == [held[:1], held[1:]]


def test_a_group_whose_days_are_not_over_is_left_alone() -> None:
    assert list(groups([file("a", "z")], OVER - timedelta(seconds=1))) == []


def test_many_files_are_groups_of_less_time() -> None:
    step = LONGEST / (2 * MOST_FILES)
    held = [file("a", "z", START + number * step) for number in range(2 * MOST_FILES)]
    assert list(groups(held, OVER)) == [held[:MOST_FILES], held[MOST_FILES:]]


def test_files_of_the_same_moment_stay_one_group() -> None:
    held = [file("a", "z")] * (MOST_FILES + 1)
    assert list(groups(held, OVER)) == [held]


def test_two_files_with_the_same_ids_are_chosen_where_most_overlap() -> None:
    deep = [file("a", "m"), file("b", "m"), file("c", "d")]
    assert overlapping([file("n", "z"), *deep, file("o", "z")]) == (deep[0], deep[1])


@pytest.mark.parametrize(
    "held",
    [
        [],
        [file("a", "z")] * MOST_OPENED,
        [file("a", "f"), file("g", "m"), file("n", "z")],
        [file("same", "same")] * 5,
    ],
)
def test_files_that_cannot_be_told_apart_better_are_left_alone(held: list[File]) -> None:
    assert overlapping(held) is None


def test_ids_are_compared_by_what_differs() -> None:
    many = "wamid.HBgMOTE" + "é" * 20
    held = [file(many + "A", many + "Z"), file(many + "B", many + "Z"), file(many + "K", "x")]
    assert overlapping(held) == (held[0], held[1])


def put(lake: Lake, ids: Sequence[str | None], received: datetime) -> None:
    """Adds a file with these ids, sorted as compaction leaves it."""
    lake.connection.execute(
        "INSERT INTO statuses BY NAME SELECT uuid() AS event_id, unnest(?) AS message_id, "
        "?::TIMESTAMPTZ AS received_at, 'read' AS status ORDER BY message_id",
        [list(ids), received],
    )


def clustered(lake: Lake) -> int:
    """Clusters all that can be; returns how many files were rewritten."""
    done = 0
    while count := transact(lake.connection, lambda: cluster(lake.connection, least=1)):
        done += count
    return done


def rows(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows("SELECT * FROM statuses ORDER BY event_id")


def opened(lake: Lake, message_id: str) -> int:
    """How many files hold a range with this id."""
    return sum(
        held.low <= message_id <= held.high for held in files(lake.connection, "statuses", 1)
    )


LONG_AGO = datetime.now(UTC) - 3 * LONGEST


@pytest.mark.parametrize("seed", range(3))
def test_a_search_opens_few_files_and_finds_the_same_rows(lake: Lake, seed: int) -> None:
    chance = random.Random(seed)
    ids = [f"wamid.{chance.choice('aZé')}{chance.getrandbits(30):x}" for _ in range(240)]
    for number in range(8):
        put(lake, [*ids[number * 30 : number * 30 + 30], None], LONG_AGO)
    before = rows(lake)
    assert opened(lake, sorted(ids)[120]) == 8
    assert clustered(lake)
    assert rows(lake) == before
    assert max(opened(lake, name) for name in ids) <= MOST_OPENED
    for name in ids:
        assert lake.rows("SELECT count(*) FROM statuses WHERE message_id = ?", name) == [(1,)]
    assert clustered(lake) == 0


def test_files_of_these_days_are_left_alone(lake: Lake) -> None:
    for _ in range(4):
        put(lake, ["a", "b", "c"], datetime.now(UTC) - SETTLED)
    assert clustered(lake) == 0


def test_small_files_are_left_to_compaction(lake: Lake) -> None:
    for _ in range(4):
        put(lake, ["a", "b", "c"], LONG_AGO)
    assert transact(lake.connection, lambda: cluster(lake.connection)) == 0


def test_deleted_rows_are_left_out(lake: Lake) -> None:
    for _ in range(4):
        put(lake, ["a", "b", "c"], LONG_AGO)
    lake.connection.execute("DELETE FROM statuses WHERE message_id = 'b'")
    assert clustered(lake)
    assert lake.rows("SELECT message_id, count(*) FROM statuses GROUP BY ALL ORDER BY ALL") == [
        ("a", 4),
        ("c", 4),
    ]


def test_a_message_with_most_of_the_rows_ends_in_one_file(lake: Lake) -> None:
    for _ in range(4):
        put(lake, ["a", *["b"] * 20], LONG_AGO)
    before = rows(lake)
    clustered(lake)
    assert rows(lake) == before
    assert opened(lake, "b") <= MOST_OPENED


def test_many_files_are_split_at_once(lake: Lake) -> None:
    for number in range(6):
        put(lake, [f"{letter}{number}" for letter in "abcdef"], LONG_AGO)
    before = rows(lake)
    held = files(lake.connection, "statuses", 1)
    transact(lake.connection, lambda: split(lake.connection, "statuses", held))
    assert rows(lake) == before
    assert [opened(lake, f"{letter}3") for letter in "abcdef"] == [1] * 6
