"""Pages that count whole days: bars of any width, and days that the range cuts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards import queries
from dashboards.selection import CUSTOM, DAY, Choice, Selection, floor, selection_at
from tests.support.lake import created
from tests.support.views import START, Views, status

Query = Callable[[duckdb.DuckDBPyConnection, Selection], Any]


def of_days(now: datetime, first: int, last: int = 0) -> Selection:
    """The custom range from so many days ago to so many days ago."""
    days = ((now - first * DAY).date(), (now - last * DAY).date())
    return selection_at(Choice(CUSTOM, days=days), now)


@pytest.mark.parametrize("query", [queries.pricing, queries.conversations])
@pytest.mark.parametrize("days", [13, 90, 1000])
def test_bars_do_not_overlap_however_long_the_range_is(
    sql: duckdb.DuckDBPyConnection, now: datetime, query: Query, days: int
) -> None:
    selection = of_days(now, days)

    page = query(sql, selection)
    series = page.series

    starts = [moment.replace(tzinfo=UTC) for moment in series["bucket"].unique()]
    assert starts == [floor(start, selection.day_step) for start in starts]
    keys = [name for name in ("bucket", "verdict", "origin_basis", "origin") if name in series]
    assert not series.duplicated(keys).any()
    counted, total = ("units", "rows") if "units" in series else ("counted", "origins")
    assert series[counted].sum() == getattr(page, total)[counted].sum() > 0


def test_a_conversation_has_all_its_messages_on_the_day_it_began(tmp_path: Path) -> None:
    day = START.date()
    conversation = {"pricing_model": "CBP", "conversation_id": "c", "origin": "marketing"}
    with created(tmp_path) as connection:
        Views(connection).add(
            *(
                status("sent", START + timedelta(hours=hour), message_id=f"{hour}", **conversation)
                for hour in (0, 11, 13, 23)
            ),
            status("sent", START + timedelta(hours=13), message_id="next day", category="utility"),
        )
        for days, messages in (((day, day), 4), ((day + DAY, day + DAY), 0)):
            selection = selection_at(Choice(CUSTOM, days=days), START + 9 * DAY)
            origins = queries.conversations(connection, selection).origins
            by_basis = origins.groupby("origin_basis")["messages"].sum()
            assert by_basis.get("conversation", 0) == messages
            assert by_basis.get("category", 0) == (0 if messages else 1)
