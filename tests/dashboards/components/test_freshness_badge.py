from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.answers import Freshness
from dashboards.components.freshness_badge import FRESH, STALE, badge, explained

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def found(
    *,
    landed: timedelta | None = None,
    event: timedelta | None = None,
    dead_letter: timedelta | None = None,
    partitions: int = 24,
) -> Freshness:
    """The newest things by how long ago they were; none where not given."""
    landed_at, event_at, dead_at = (
        None if gone is None else NOW - gone for gone in (landed, event, dead_letter)
    )
    return Freshness(landed_at, event_at, event_at, dead_at, partitions)


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
