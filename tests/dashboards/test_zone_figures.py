"""Figures of pages in other time zones, compared with Python over the rows of the messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest

from dashboards import queries
from dashboards.selection import CUSTOM, DAY, MINUTE, Choice, Selection, selection_at
from tests.support.lake import created
from tests.support.views import Row, Views, status

ZONES = ("Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "UTC")
# Clocks of New York change on 8 March and 1 November, those of Lord Howe on 4 October and 5 April.
TIMES = [
    datetime.fromisoformat(f"{day}T00:00+00:00") + number * 13 * MINUTE
    for day in ("2026-03-07", "2026-04-04", "2026-10-03", "2026-10-31")
    for number in range(3 * 24 * 60 // 13)
]
RANGES = [
    (date(2026, 3, 8), date(2026, 3, 8)),  # bars of 30 minutes
    (date(2026, 11, 1), date(2026, 11, 1)),
    (date(2026, 10, 3), date(2026, 10, 5)),  # of 3 hours
    (date(2026, 10, 28), date(2026, 11, 6)),  # of 6 hours
    (date(2026, 3, 1), date(2026, 4, 20)),  # of a day
    (date(2026, 1, 1), date(2026, 11, 30)),  # of a week
]
NOW = datetime(2026, 12, 20, 12, tzinfo=UTC)


def message(number: int, at: datetime) -> Row:
    return status(
        "delivered", at, message_id=f"wamid.{number}", category="utility", pricing_type="regular"
    )


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder: Path = tmp_path_factory.mktemp("zones")
    with created(folder) as opened:
        Views(opened).add(*(message(number, at) for number, at in enumerate(TIMES)))
        yield opened


@pytest.fixture(params=ZONES)
def zone(
    request: pytest.FixtureRequest, connection: duckdb.DuckDBPyConnection
) -> Iterator[ZoneInfo]:
    """The zone that the connection has, as dashboards/warehouse_reader.py sets it."""
    connection.execute("SET TimeZone = ?", [request.param])
    yield ZoneInfo(request.param)
    connection.execute("SET TimeZone = 'UTC'")


def clocks(selection: Selection, zone: ZoneInfo) -> list[datetime]:
    """What the clocks showed at the messages of the chosen days."""
    assert selection.choice.days
    first, last = selection.choice.days
    shown = [at.astimezone(zone).replace(tzinfo=None, fold=0) for at in TIMES]
    return [at for at in shown if first <= at.date() <= last]


def counted(series: pd.DataFrame, column: str) -> dict[datetime, int]:
    """The counts of the bars that are not empty."""
    each = zip(pd.DatetimeIndex(series["bucket"]), series[column], strict=True)
    return {at.to_pydatetime(): n for at, n in each if n}


def in_bars(shown: list[datetime], step: timedelta) -> Counter[datetime]:
    monday = datetime.fromisoformat("2000-01-03")
    return Counter(at - (at - monday) % step for at in shown)


@pytest.mark.parametrize("days", RANGES)
def test_bars_and_totals(
    connection: duckdb.DuckDBPyConnection, zone: ZoneInfo, days: tuple[date, date]
) -> None:
    selection = selection_at(Choice(CUSTOM, days=days, zone=zone.key), NOW)
    shown = clocks(selection, zone)

    page = queries.overview(connection, selection)

    assert page.now.messages == len(shown)
    bars = pd.DatetimeIndex(page.series["bucket"])
    assert bars.is_unique
    assert counted(page.series, "messages") == in_bars(shown, selection.step)
    # No bar is for a time that clocks left out.
    for start in bars if selection.step <= 30 * MINUTE else ():
        at = start.to_pydatetime().replace(tzinfo=zone)
        assert at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == start


@pytest.mark.parametrize("days", RANGES)
def test_whole_days(
    connection: duckdb.DuckDBPyConnection, zone: ZoneInfo, days: tuple[date, date]
) -> None:
    selection = selection_at(Choice(CUSTOM, days=days, zone=zone.key), NOW)
    expected = in_bars(clocks(selection, zone), selection.day_step)

    for query, column in ((queries.pricing, "units"), (queries.conversations, "counted")):
        series = query(connection, selection).series
        assert counted(series, column) == expected


def test_weekdays_and_hours(connection: duckdb.DuckDBPyConnection, zone: ZoneInfo) -> None:
    selection = selection_at(Choice(CUSTOM, days=RANGES[-1], zone=zone.key), NOW)

    hours = queries.delivery(connection, selection).hours

    expected = Counter((at.isoweekday(), at.hour) for at in clocks(selection, zone))
    cells = zip(hours["weekday"], hours["hour"], hours["messages"], strict=True)
    assert {(day, hour): n for day, hour, n in cells} == expected


@pytest.mark.parametrize("days", RANGES)
def test_events_received(
    connection: duckdb.DuckDBPyConnection, zone: ZoneInfo, days: tuple[date, date]
) -> None:
    selection = selection_at(Choice(CUSTOM, days=days, zone=zone.key), NOW)

    series = queries.pipeline(connection, selection).series

    # They are received a second after they happen, within the same bar.
    assert counted(series, "events") == in_bars(clocks(selection, zone), selection.step)


def test_the_period_before_is_drawn_at_the_same_times_of_the_day(
    connection: duckdb.DuckDBPyConnection, zone: ZoneInfo
) -> None:
    chosen = Choice(CUSTOM, days=(date(2026, 3, 9), date(2026, 3, 9)), zone=zone.key)
    selection = selection_at(chosen, NOW)
    before = selection_at(
        Choice(CUSTOM, days=(date(2026, 3, 8), date(2026, 3, 8)), zone=zone.key), NOW
    )
    # The warehouse holds it if it has older messages.
    found = queries.series_before(connection, selection)

    assert found is not None
    shown = [at + DAY for at in clocks(before, zone)]
    assert counted(found, "messages") == in_bars(shown, selection.step)
