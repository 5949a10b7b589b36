"""What the clocks of a time zone show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from settings.time_zones import clock, midnight, moment, names

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_all_zones_have_clocks() -> None:
    assert {"UTC", "Asia/Kolkata", "America/Argentina/Buenos_Aires"} <= set(names())
    assert "localtime" not in names()
    for name in names():
        assert moment(clock(START, name), name) == START


@given(some.timedeltas(timedelta(0), timedelta(days=400)))
def test_the_moment_of_what_a_clock_shows_is_the_same_also_when_clocks_change(
    later: timedelta,
) -> None:
    for name in ("America/New_York", "Australia/Lord_Howe", "Africa/Cairo"):
        assert moment(clock(START + later, name), name) == START + later


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Asia/Kolkata", date(2026, 11, 21), "2026-11-20T18:30Z"),
        ("America/New_York", date(2026, 11, 2), "2026-11-02T05:00Z"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00Z"),  # at 1 o'clock
    ],
)
def test_a_day_begins_at_midnight_or_with_the_first_time_after_it(
    zone: str, day: date, begins: str
) -> None:
    assert midnight(day, zone) == datetime.fromisoformat(begins)
