"""The period before, drawn behind a chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dashboards import queries
from dashboards.selection import (
    CUSTOM,
    DAY,
    INSTANT,
    MINUTE,
    PRESETS,
    Choice,
    floor,
    selection_at,
)
from tests.dashboards.test_pages import text
from tests.dashboards.test_queries import COUNTS, plain
from tests.support.dashboard import Opened

pytestmark = pytest.mark.slow

CHOICES = (
    Choice("24h"),
    Choice("1h"),
    Choice("24h", numbers=("15550001111",)),
    Choice("24h", markets=("Germany",)),
)


@pytest.mark.parametrize("choice", CHOICES)
def test_it_has_the_counts_of_the_time_before(
    sql: duckdb.DuckDBPyConnection, now: datetime, choice: Choice
) -> None:
    selection = selection_at(choice, now)
    since, until = selection.shifted
    # Sums have minutes: the minute in which the period ends is counted as a whole.
    whole = floor(until + MINUTE - INSTANT, MINUTE)
    earlier = replace(selection, since=since, until=whole)

    found = queries.series_before(sql, selection)

    assert found is not None
    names = ["messages", "delivered", "read", "sent", "no_outcome", "failed"]
    assert [tuple(found[names].sum())] == plain(sql, COUNTS, earlier)
    # At the bars of this period, also where nothing happened.
    bars = queries.overview(sql, selection).series["bucket"]
    assert list(found["bucket"]) == list(bars)


def test_it_is_not_there_where_the_warehouse_does_not_hold_all_of_it(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    assert queries.series_before(sql, selection_at(Choice("30d"), now)) is None


@pytest.mark.parametrize("preset", PRESETS)
def test_it_begins_as_long_before_as_the_range_is(preset: str, now: datetime) -> None:
    assert selection_at(Choice(preset), now).shift == PRESETS[preset]


def test_it_begins_whole_bars_before_a_range_of_days(now: datetime) -> None:
    days = (date(2026, 1, 1), date(2026, 3, 31))
    selection = selection_at(Choice(CUSTOM, days=days), now.replace(tzinfo=UTC))
    assert selection.shift % selection.step == timedelta(0)
    assert 90 * DAY <= selection.shift < 90 * DAY + selection.step


@pytest.mark.parametrize("page", ["overview", "delivery", "failures"])
def test_it_is_drawn_if_asked_for(app: Opened, busy: Path, page: str) -> None:
    opened = app.on(busy, page, range="24h")
    assert "Dashed:" not in text(opened)

    opened.toggle(key="before").set_value(True).run()

    assert not opened.exception
    assert "Dashed:" in text(opened)
    assert opened.query_params["before"] in ("1", ["1"])

    too_long = app.on(busy, page, range="30d", before="1")
    assert not too_long.exception
    assert "The period before is not drawn: there is no data from before" in text(too_long)
