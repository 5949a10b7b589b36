"""When a report is due, by the clock on the wall, also on the days on which it changes."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bluetick.reports.period import newest
from settings.reports import Report

BERLIN = "Europe/Berlin"


def daily(at: time = time(8), zone: str = BERLIN) -> Report:
    return Report(name="daily", at=at, zone=zone)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (utc(2026, 11, 27, 6, 59), date(2026, 11, 25)),
        (utc(2026, 11, 27, 7), date(2026, 11, 26)),
        (utc(2026, 7, 10, 5, 59), date(2026, 7, 8)),
        (utc(2026, 7, 10, 6), date(2026, 7, 9)),
    ],
)
def test_a_day_is_due_at_the_local_time_of_the_next_one(now: datetime, day: date) -> None:
    found = newest(daily(), now)

    assert (found.first, found.last) == (day, day)
    assert found.due <= now


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (utc(2026, 3, 30, 12), 23),  # the day on which the clock goes forward
        (utc(2026, 10, 26, 12), 25),  # and back
        (utc(2026, 11, 26, 12), 24),
    ],
)
def test_a_day_has_all_its_hours(now: datetime, hours: int) -> None:
    found = newest(daily(), now)

    assert found.until - found.since == timedelta(hours=hours)


def test_a_week_begins_on_monday_and_is_due_on_the_next_one() -> None:
    weekly = Report(name="weekly", every="week", at=time(8), zone=BERLIN)

    assert newest(weekly, utc(2026, 11, 23, 7)).first == date(2026, 11, 16)
    assert newest(weekly, utc(2026, 11, 23, 7)).last == date(2026, 11, 22)
    assert newest(weekly, utc(2026, 11, 23, 6, 59)).first == date(2026, 11, 9)
    assert newest(weekly, utc(2026, 11, 29, 23)).first == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("start", "at"),
    [
        (utc(2026, 3, 27), time(2, 30)),  # left out on 29 March
        (utc(2026, 10, 23), time(2, 30)),  # twice on 25 October
        (utc(2026, 10, 23), time(0)),
    ],
)
def test_each_day_is_due_once_when_the_clock_changes(start: datetime, at: time) -> None:
    minutes = range(0, 5 * 24 * 60, 10)
    report = daily(at)

    keys = [newest(report, start + timedelta(minutes=each)).key for each in minutes]

    assert keys == sorted(keys)
    days = [date.fromisoformat(key) for key in sorted(set(keys))]
    gaps = {later - earlier for earlier, later in itertools.pairwise(days)}
    assert gaps == {timedelta(days=1)}


def test_a_zone_far_from_utc_has_its_own_days() -> None:
    found = newest(daily(zone="Pacific/Auckland"), utc(2026, 11, 26, 20))

    assert found.first == date(2026, 11, 26)
    assert found.since == utc(2026, 11, 25, 11)
