from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.answers import Freshness
from dashboards.components.freshness_badge import DOWN, FRESH, STALE, badge, explained, noticed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def found(
    *,
    landed: timedelta | None = None,
    event: timedelta | None = None,
    dead_letter: timedelta | None = None,
    beat: timedelta | None = None,
    partitions: int = 24,
    waiting: int | None = None,
) -> Freshness:
    """The newest things by how long ago they were; none where not given."""
    landed_at, event_at, dead_at, beat_at = (
        None if gone is None else NOW - gone for gone in (landed, event, dead_letter, beat)
    )
    return Freshness(landed_at, event_at, event_at, dead_at, partitions, beat_at, waiting)


@pytest.mark.parametrize(
    ("gone", "text", "colour"),
    [
        (timedelta(seconds=3), "Newest event 3 s ago", "green"),
        (FRESH, "Newest event 2 min ago", "orange"),
        (STALE, "Stale: newest event 15 min ago", "red"),
        (timedelta(days=3), "Stale: newest event 3 d ago", "red"),
        (-timedelta(seconds=2), "Newest event 0 s ago", "green"),
    ],
)
def test_the_badge_turns_red_when_no_events_arrive(gone: timedelta, text: str, colour: str) -> None:
    label, _, shown = badge(found(landed=gone, event=gone), NOW)

    assert (label, shown) == (text, colour)


@pytest.mark.parametrize(
    ("partitions", "shown"),
    [(0, "does not read any Kafka partition"), (24, "the next webhook should appear here")],
)
def test_an_empty_warehouse_is_not_stale(partitions: int, shown: str) -> None:
    nothing = found(partitions=partitions)

    assert badge(nothing, NOW)[::2] == ("No data yet", "gray")
    assert explained(nothing, NOW).startswith("Nothing has landed in this warehouse yet.")
    assert shown in explained(nothing, NOW)


def test_dead_letters_are_not_events() -> None:
    letters = found(landed=MINUTE, dead_letter=MINUTE)

    assert badge(letters, NOW)[::2] == ("Only dead letters yet", "orange")
    assert "could not read any of them yet" in explained(letters, NOW)


@pytest.mark.parametrize(
    ("state", "label", "colour", "why"),
    [
        (
            found(landed=MINUTE, event=3 * HOUR),
            "Landing: newest event 3 h ago",
            "orange",
            "repeated events",
        ),
        (
            found(landed=MINUTE, event=3 * HOUR, dead_letter=MINUTE),
            "Only dead letters: newest event 3 h ago",
            "red",
            "could not read the latest ones",
        ),
        (
            found(landed=MINUTE, event=3 * MINUTE, dead_letter=MINUTE),
            "Only dead letters: newest event 3 min ago",
            "orange",
            "could not read the latest ones",
        ),
        (
            found(landed=2 * HOUR, event=3 * HOUR),
            "Stale: newest event 3 h ago",
            "red",
            "the consumer has stopped",
        ),
        (
            found(landed=3 * HOUR, event=3 * HOUR, dead_letter=3 * HOUR),
            "Stale: newest event 3 h ago",
            "red",
            "Either no webhooks arrive, or they do not land",
        ),
        (found(landed=MINUTE, event=MINUTE), "Newest event 1 min ago", "green", "Red from 15 min"),
    ],
)
def test_missing_webhooks_and_a_stopped_consumer_have_different_texts(
    state: Freshness, label: str, colour: str, why: str
) -> None:
    assert badge(state, NOW)[::2] == (label, colour)
    assert why in explained(state, NOW)


SECOND = timedelta(seconds=1)
DOWN_TEXT = "it has stopped, or it cannot reach Kafka or write the warehouse"


@pytest.mark.parametrize(
    ("state", "label", "colour", "why"),
    [
        (
            found(landed=3 * HOUR, event=3 * HOUR, beat=30 * SECOND, waiting=0),
            "No webhooks: newest event 3 h ago",
            "orange",
            "No webhooks arrive: the consumer works",
        ),
        (
            found(landed=3 * HOUR, event=3 * HOUR, beat=30 * SECOND, waiting=1234),
            "1,234 events wait: newest event 3 h ago",
            "orange",
            "1,234 events wait in Kafka. See its log",
        ),
        (
            found(landed=3 * HOUR, event=3 * HOUR, beat=DOWN, waiting=0),
            "Consumer down: newest event 3 h ago",
            "red",
            DOWN_TEXT,
        ),
        (
            found(landed=4 * MINUTE, event=4 * MINUTE, beat=3 * MINUTE, waiting=0),
            "Consumer down: newest event 4 min ago",
            "red",
            "has not reported for 3 min (since 21 Nov 2026, 11:57 UTC)",
        ),
        (
            found(landed=MINUTE, event=3 * HOUR, beat=MINUTE, waiting=7),
            "Landing: newest event 3 h ago",
            "orange",
            "7 events wait in Kafka",
        ),
    ],
)
def test_no_webhooks_a_consumer_that_is_down_and_one_that_is_behind_differ(
    state: Freshness, label: str, colour: str, why: str
) -> None:
    assert badge(state, NOW)[::2] == (label, colour)
    assert why in explained(state, NOW)
    assert why in (noticed(state, NOW) or "")


def test_a_short_pause_of_webhooks_is_nothing_to_look_at() -> None:
    state = found(landed=5 * MINUTE, event=5 * MINUTE, beat=SECOND, waiting=0)

    assert badge(state, NOW)[::2] == ("Newest event 5 min ago", "green")
    assert noticed(state, NOW) is None


def test_before_the_first_event_a_consumer_can_be_down_too() -> None:
    state = found(beat=HOUR, waiting=0)

    assert badge(state, NOW)[::2] == ("Consumer down", "red")
    assert DOWN_TEXT in explained(state, NOW)
    assert DOWN_TEXT in (noticed(state, NOW) or "")
    assert noticed(found(beat=SECOND, waiting=0), NOW) is None


def test_while_events_arrive_there_is_no_notice() -> None:
    assert noticed(found(landed=MINUTE, event=MINUTE, beat=SECOND, waiting=0), NOW) is None
    assert noticed(found(landed=3 * MINUTE, event=3 * MINUTE), NOW) is None
