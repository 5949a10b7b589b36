"""The age of the newest data, and the view without data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.topics import LANDED, STATUSES
from tests.support.records import log_of
from tests.support.views import START, Row, Views, ago, status
from warehouse.offsets import Move, advance, open_partitions, retire

TAKEN = {(log_of(topic), partition): 7 for topic in LANDED for partition in range(2)}


def freshness(views: Views) -> Row:
    return views.row("FROM freshness")


def landed(views: Views, **counts: int) -> None:
    """Moves a partition on by what one batch counted."""
    advance(views.connection, [Move(log_of(STATUSES), 1, 7, 7 + sum(counts.values()), **counts)])


def test_what_waits_is_the_sum_of_the_consumers_that_still_report(views: Views) -> None:
    for name, late, waiting in (("stopped", 60, 100), ("first", 30, 7), ("second", 0, 5)):
        at = START - timedelta(seconds=late)
        views.add({"consumer": name, "beat_at": at, "waiting": waiting}, table="heartbeats")

    found = freshness(views)

    assert found["waiting"] == 12
    assert found["beat_at"] == START


def test_before_the_first_consumer_there_is_nothing(views: Views) -> None:
    assert set(freshness(views).values()) == {None, 0}


def test_opening_a_partition_is_not_a_landing(views: Views) -> None:
    open_partitions(views.connection, TAKEN)

    assert freshness(views) == {
        "landed_at": None,
        "received_at": None,
        "status_at": None,
        "dead_letter_at": None,
        "partitions": len(TAKEN),
        "beat_at": None,
        "waiting": None,
    }


def test_records_lost_before_landing_are_not_a_landing(views: Views) -> None:
    open_partitions(views.connection, TAKEN)
    landed(views, skipped=5)
    retire(views.connection, log_of(STATUSES), 0)

    found = freshness(views)

    assert found["landed_at"] is None
    assert found["partitions"] == len(TAKEN) - 1


@pytest.mark.parametrize("count", ["landed", "duplicates", "dead_letters"])
def test_a_batch_of_duplicates_or_dead_letters_is_a_landing_too(views: Views, count: str) -> None:
    open_partitions(views.connection, TAKEN)
    landed(views, **{count: 1})
    before = freshness(views)["landed_at"]
    retire(views.connection, log_of(STATUSES))

    assert before is not None
    assert freshness(views)["landed_at"] == before


@pytest.mark.parametrize("table", ["statuses", "messages", "errors", "account_events"])
def test_the_newest_event_of_any_table_counts(views: Views, table: str) -> None:
    row = {"received_at": START, "event_id": status("sent")["event_id"]}
    views.add(row, row | {"received_at": START - timedelta(days=1)}, table=table)

    found = freshness(views)

    assert found["received_at"] == START
    assert found["status_at"] == (START if table == "statuses" else None)
    assert found["dead_letter_at"] is None


def test_a_dead_letter_is_not_an_event(views: Views) -> None:
    views.add({"received_at": START}, table="dead_letters")

    found = freshness(views)

    assert found["received_at"] is None
    assert found["dead_letter_at"] == START


@pytest.mark.parametrize(("ahead", "counts"), [({"minutes": 4}, True), ({"days": 9000}, False)])
def test_a_time_far_in_the_future_does_not_hide_that_no_events_arrive(
    views: Views, ahead: dict[str, int], counts: bool
) -> None:
    far = ago() + timedelta(**ahead)
    for table in ("statuses", "messages", "errors", "account_events", "dead_letters"):
        views.add({"received_at": START}, {"received_at": far}, table=table)

    found = freshness(views)

    times = {found[name] for name in ("received_at", "status_at", "dead_letter_at")}
    assert times == {far if counts else START}


def test_what_was_received_before_the_limit_is_left_out(views: Views) -> None:
    for table in ("statuses", "dead_letters"):
        views.add({"received_at": START}, table=table)
    since = START + timedelta(seconds=1)

    assert set(views.row(f"FROM freshness('{since.isoformat()}')").values()) == {None, 0}
