"""The store says what the warehouse says, whatever happened to it or to the process."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer import writer
from schemas.topics import ACCOUNT_EVENTS, STATUSES
from tests.support.examples import one_in
from tests.support.lake import Lake
from tests.support.records import event, framed
from tests.support.views import ago
from tests.warehouse.test_rollups import BATCHES, land, wrong
from warehouse import recent_statuses, rollup_changes, rollups
from warehouse.recent_statuses import RecentStatuses

NOW_US = int(ago(hours=1).timestamp() * 1_000_000)


@contextmanager
def with_store(folder: Path) -> Iterator[Lake]:
    """A warehouse with a store that landing uses."""
    lake = Lake(folder)
    lake.recent = RecentStatuses(folder / "states")
    with lake.connection:
        yield lake
    lake.recent.close()


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with with_store(tmp_path) as lake:
        yield lake


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with with_store(tmp_path_factory.mktemp("states")) as lake:
        yield lake


@pytest.fixture(scope="module")
def unaided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A warehouse without a store."""
    lake = Lake(tmp_path_factory.mktemp("unaided"))
    with lake.connection:
        yield lake


def add(lake: Lake, status: str, message_id: str = "A", **fields: Any) -> None:
    times = {"occurred_at": NOW_US, "received_at": NOW_US}
    lake.land_events(STATUSES, {"message_id": message_id, "status": status} | times | fields)


def outcomes(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows("SELECT outcome, messages FROM outcome_counts ORDER BY ALL")


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows whenever a landing searches the warehouse for earlier statuses."""
    made: list[int] = []
    original = rollup_changes.known

    def counted(*args: Any) -> Any:
        made.append(1)
        return original(*args)

    monkeypatch.setattr(rollup_changes, "known", counted)
    return made


@pytest.mark.slow
@given(BATCHES)
@one_in(15)
def test_with_it_the_sums_are_those_of_all_statuses(
    shared: Lake, batches: list[list[tuple[Any, dict[str, Any]]]]
) -> None:
    prefix = uuid.uuid4()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent_statuses, "MANY_ROWS", 2)
        for batch in batches:
            land(shared, batch, prefix)
            assert wrong(shared) == 0


def test_what_a_large_batch_writes_is_computed_meanwhile(
    lake: Lake, searches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    original = recent_statuses._written

    def watched(*args: Any) -> Any:
        threads.append(threading.current_thread().name)
        return original(*args)

    monkeypatch.setattr(recent_statuses, "_written", watched)
    add(lake, "sent")
    monkeypatch.setattr(recent_statuses, "MANY_ROWS", 1)
    add(lake, "delivered")
    add(lake, "read")
    assert threads == ["MainThread", "store_0", "store_0"]
    assert outcomes(lake) == [("read", 1)]
    assert (wrong(lake), searches) == (0, [])


def test_an_error_meanwhile_reaches_the_caller(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    add(lake, "sent")
    with monkeypatch.context() as patch:
        patch.setattr(recent_statuses, "MANY_ROWS", 1)
        patch.setattr(recent_statuses, "encoded", lambda _: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            add(lake, "delivered")
    # Its rows have landed, and the store reads them.
    add(lake, "read")
    assert outcomes(lake) == [("read", 1)]
    assert wrong(lake) == 0


@pytest.mark.parametrize("other", [{"channel": "history"}, {"status": "deleted"}])
def test_a_status_that_makes_no_message_changes_no_later_one(
    lake: Lake, other: dict[str, str]
) -> None:
    add(lake, **{"status": "sent", "display_phone_number": "15550001111"} | other)
    add(lake, "read")
    assert wrong(lake) == 0
    assert outcomes(lake) == [("read", 1)]


def test_landing_does_not_search_the_warehouse(lake: Lake, searches: list[int]) -> None:
    for status in ("sent", "delivered", "read"):
        add(lake, status)
    assert outcomes(lake) == [("read", 1)]
    assert searches == []


def test_repeated_events_are_recognised_without_a_search(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the warehouse was searched")

    monkeypatch.setattr(writer, "_landed", never)
    once = event(STATUSES, occurred_at=NOW_US, received_at=NOW_US)
    first, other = (framed(STATUSES, once | {"content_hash": n}) for n in (1, 2))
    assert lake.land(STATUSES, first, first).landed == 1
    assert lake.land(STATUSES, first).duplicates == 1
    move = lake.land(STATUSES, other, first)
    assert (move.landed, move.duplicates, move.conflicts) == (1, 1, 1)


def test_an_event_lands_again_after_the_window(lake: Lake) -> None:
    days = 86_400_000_000
    once = event(STATUSES, received_at=NOW_US - 9 * days, occurred_at=NOW_US)
    assert lake.land(STATUSES, framed(STATUSES, once)).landed == 1
    assert lake.land(STATUSES, framed(STATUSES, once | {"received_at": NOW_US})).landed == 1


REPEATED = st.lists(
    st.tuples(
        st.booleans(),  # whether the process ends after the commit
        st.lists(
            st.tuples(
                st.sampled_from("ABCD"),  # message
                st.integers(0, 3),  # event
                st.integers(0, 1),  # content
                st.integers(0, 9),  # days since it was received
            ),
            min_size=1,
            max_size=6,
        ),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.slow
@given(REPEATED)
@one_in(12)
def test_the_same_events_land_with_and_without_it(
    shared: Lake, unaided: Lake, landings: list[tuple[bool, list[tuple[str, int, int, int]]]]
) -> None:
    run = uuid.uuid4()
    for killed, events in landings:
        values = [
            framed(
                STATUSES,
                event(
                    STATUSES,
                    event_id=str(uuid.uuid5(run, f"{message}{number}")),
                    message_id=f"{run}{message}",
                    content_hash=content,
                    occurred_at=NOW_US,
                    received_at=NOW_US - days * 86_400_000_000,
                ),
            )
            for message, number, content, days in events
        ]
        with pytest.MonkeyPatch.context() as patch:
            if killed:
                patch.setattr(RecentStatuses, "commit", lambda _: None)
            with_it = shared.land(STATUSES, *values)
        without = unaided.land(STATUSES, *values)
        counts = attrgetter("landed", "duplicates", "conflicts")
        assert counts(with_it) == counts(without)


def test_old_events_are_searched_for(lake: Lake, searches: list[int]) -> None:
    add(lake, "sent", received_at=NOW_US - 10 * 86_400_000_000)
    assert searches == [1]
    add(lake, "read")
    assert outcomes(lake) == [("read", 1)]


def test_what_was_committed_before_a_kill_is_read_later(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, searches: list[int]
) -> None:
    add(lake, "sent")
    with monkeypatch.context() as patch:
        patch.setattr(RecentStatuses, "commit", lambda _: None)
        add(lake, "delivered")
    add(lake, "read", "B")
    add(lake, "read")
    assert outcomes(lake) == [("read", 2)]
    assert (wrong(lake), searches) == (0, [])


def test_what_another_consumer_lands_is_read_too(lake: Lake, searches: list[int]) -> None:
    mine, lake.recent = lake.recent, None
    add(lake, "sent")
    reaction = event(ACCOUNT_EVENTS, message_id="B", event="reaction", field="x")
    lake.land(ACCOUNT_EVENTS, framed(ACCOUNT_EVENTS, reaction))
    searches.clear()
    lake.recent = mine
    add(lake, "read")
    add(lake, "sent", "B")
    assert outcomes(lake) == [("read", 1)]
    assert (wrong(lake), searches) == (0, [])


def test_a_reaction_leaves_the_statuses_of_its_message(lake: Lake, searches: list[int]) -> None:
    add(lake, "sent")
    reaction = event(ACCOUNT_EVENTS, message_id="A", event="reaction", field="x")
    reaction |= {"received_at": NOW_US}
    lake.land(ACCOUNT_EVENTS, framed(ACCOUNT_EVENTS, reaction))
    add(lake, "sent")
    assert (wrong(lake), searches) == (0, [])
    mine = lake.recent
    assert mine
    known = mine.known(pl.Series(["A"]), datetime.now(UTC))
    assert known
    assert known.statuses["status"].to_list() == ["sent"]
    assert known.reactions["message_id"].to_list() == ["A"]


def test_a_store_that_lacks_too_much_is_not_used(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, searches: list[int]
) -> None:
    mine, lake.recent = lake.recent, None
    reaction = event(ACCOUNT_EVENTS, message_id="B", event="reaction", field="x")
    lake.land(ACCOUNT_EVENTS, framed(ACCOUNT_EVENTS, reaction))
    add(lake, "sent")
    lake.recent = mine
    monkeypatch.setattr(RecentStatuses, "most", 1)
    searches.clear()
    add(lake, "read")
    add(lake, "sent", "B")
    assert searches == [1, 1]
    assert outcomes(lake) == [("read", 1)]
    assert mine
    mine.fill(lake.connection)
    add(lake, "read", "B")
    assert (wrong(lake), searches) == (0, [1, 1])


def test_after_a_restored_backup_it_is_filled_anew(lake: Lake) -> None:
    add(lake, "sent")
    add(lake, "delivered")
    # The backup is from before the delivery, which is lost.
    lake.connection.execute("DELETE FROM statuses WHERE status = 'delivered'")
    lake.connection.execute(
        "UPDATE kafka_offsets SET next_offset = 1, landed = 1 WHERE topic = 'whatsapp.statuses'"
    )
    lake.connection.execute("DELETE FROM rollups")
    rollups.rebuild(lake.connection)
    assert lake.recent
    lake.recent.fill(lake.connection)
    add(lake, "sent", "B")
    assert wrong(lake) == 0
    assert outcomes(lake) == [("sent", 2)]


def test_it_is_filled_anew_after_a_month(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    add(lake, "sent")
    assert lake.recent
    assert not lake.recent.look(lake.connection)
    with monkeypatch.context() as patch:
        patch.setattr(recent_statuses, "RENEW_AFTER", timedelta())
        assert lake.recent.look(lake.connection)
    lake.recent.fill(lake.connection)
    assert not lake.recent.look(lake.connection)
    add(lake, "read")
    assert (wrong(lake), outcomes(lake)) == (0, [("read", 1)])
