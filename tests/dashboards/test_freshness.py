from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.answers import Freshness
from dashboards.freshness import FRESH, STALE, badge, explained

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


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
def test_the_badge_turns_red_when_nothing_comes(gone: timedelta, text: str, colour: str) -> None:
    label, _, shown = badge(Freshness(NOW, NOW - gone), NOW)

    assert (label, shown) == (text, colour)


def test_an_empty_warehouse_is_not_stale() -> None:
    nothing = Freshness(None, None)

    assert badge(nothing, NOW)[::2] == ("No data yet", "gray")
    assert "Nothing has been landed" in explained(nothing)


def test_only_dead_letters_landed_is_told_by_the_batch() -> None:
    assert badge(Freshness(NOW - timedelta(seconds=9), None), NOW)[0] == "Newest event 9 s ago"
