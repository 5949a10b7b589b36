"""Days, bars and figures in a viewer's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboards.selection import (
    BARS,
    CUSTOM,
    DAY,
    EVERY,
    HOUR,
    MINUTE,
    PRESETS,
    Choice,
    floor,
    selection_at,
)

NOON = datetime(2026, 11, 21, 12, 17, 42, tzinfo=UTC)
KOLKATA, KATHMANDU, NEW_YORK = "Asia/Kolkata", "Asia/Kathmandu", "America/New_York"
ZONES = (KOLKATA, KATHMANDU, NEW_YORK, "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia")


def of_days(zone: str, first: date, last: date | None = None) -> Choice:
    return Choice(CUSTOM, days=(first, last or first), zone=zone)


@pytest.mark.parametrize(
    ("zone", "day", "since", "hours"),
    [
        (KOLKATA, date(2026, 11, 21), "2026-11-20T18:30", 24),
        (KATHMANDU, date(2026, 11, 21), "2026-11-20T18:15", 24),
        (NEW_YORK, date(2026, 11, 21), "2026-11-21T05:00", 24),
        (NEW_YORK, date(2026, 3, 8), "2026-03-08T05:00", 23),
        (NEW_YORK, date(2026, 11, 1), "2026-11-01T04:00", 25),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00", 23),  # it begins at 1 o'clock
    ],
)
def test_a_day_begins_and_ends_at_midnight_of_the_zone(
    zone: str, day: date, since: str, hours: int
) -> None:
    selection = selection_at(of_days(zone, day), NOON + 40 * DAY)

    assert selection.since == datetime.fromisoformat(f"{since}+00:00")
    assert selection.until - selection.since == hours * HOUR
    assert selection.midnights == (selection.since, selection.until)
    assert (selection.first_day, selection.last_day) == (day, day)
    assert selection.step == 30 * MINUTE


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 3, 9), date(2026, 11, 1)])
@pytest.mark.parametrize("zone", [KATHMANDU, NEW_YORK])
def test_a_day_is_compared_with_the_day_before(zone: str, day: date) -> None:
    selection = selection_at(of_days(zone, day), NOON + 40 * DAY)

    day_before, _ = selection_at(of_days(zone, day - DAY), NOON).midnights
    assert selection.before == day_before
    assert selection.shifted == (day_before, selection.since)


@pytest.mark.parametrize(
    ("preset", "since"),
    [
        ("1h", "2026-11-21T11:18"),
        ("24h", "2026-11-20T12:45"),  # 18:30 there
        ("7d", "2026-11-14T15:15"),  # 21:00
        ("30d", "2026-10-22T18:15"),  # midnight
    ],
)
def test_a_preset_begins_with_a_bar_of_the_zone(preset: str, since: str) -> None:
    selection = selection_at(Choice(preset, zone=KATHMANDU), NOON)

    assert selection.since == datetime.fromisoformat(f"{since}+00:00")


@given(some.timedeltas(-5000 * DAY, 5000 * DAY), some.sampled_from([*PRESETS]))
@pytest.mark.parametrize("zone", ZONES)
def test_a_preset_contains_now_and_has_about_the_length_of_its_name(
    zone: str, later: timedelta, preset: str
) -> None:
    moment = NOON + later

    selection = selection_at(Choice(preset, zone=zone), moment)

    assert selection.since <= moment < selection.until <= moment + EVERY
    change = DAY if zone == "Pacific/Apia" else HOUR  # which once left a day out
    length = moment - selection.since
    assert PRESETS[preset] - selection.step - change <= length <= PRESETS[preset] + change
    if preset in ("1h", "24h"):
        assert length <= PRESETS[preset]
    first, last = selection.bars(selection.step)
    assert first == selection.clock(selection.since)
    assert floor(first, selection.step) == first
    assert (last - first) / selection.step < BARS + 3
    assert selection.before < selection.since


@pytest.mark.parametrize(
    ("now", "since"),
    [
        # Clocks went from 2 to 3 at 7:00 UTC.
        ("2026-03-08T07:10", "2026-03-08T06:11"),
        # Clocks went from 2 to 1 at 6:00 UTC.
        ("2026-11-01T06:10", "2026-11-01T05:11"),
        ("2026-11-01T05:50", "2026-11-01T04:51"),
    ],
)
def test_the_last_hour_is_an_hour_long_when_clocks_change(now: str, since: str) -> None:
    selection = selection_at(Choice("1h", zone=NEW_YORK), datetime.fromisoformat(f"{now}+00:00"))

    assert selection.since == datetime.fromisoformat(f"{since}+00:00")
    assert selection.since - selection.before <= HOUR + MINUTE
    assert selection.shift == HOUR
