"""The heat map of weekdays and hours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dashboards import queries
from dashboards.components import charts
from dashboards.components.heat_map import FEW, SHOWN, heat_map
from dashboards.selection import Choice, selection_at
from tests.dashboards.test_queries import plain
from tests.support.dashboard import Opened


@pytest.mark.slow
@pytest.mark.parametrize("choice", [Choice("7d"), Choice("30d", markets=("Germany",))])
def test_hours_have_the_messages_that_began_in_them(
    sql: duckdb.DuckDBPyConnection, now: datetime, choice: Choice
) -> None:
    selection = selection_at(choice, now)

    found = queries.delivery(sql, selection).hours

    names = ["weekday", "hour", "messages", "delivered"]
    local = "first_at AT TIME ZONE 'UTC'"
    exact = plain(
        sql,
        f"isodow({local}), hour({local}), count(*), "
        "count(*) FILTER (outcome IN ('delivered', 'read'))",
        selection,
        "GROUP BY ALL ORDER BY ALL",
    )
    assert list(found[names].itertuples(index=False, name=None)) == exact


@pytest.mark.parametrize("shown", SHOWN)
def test_a_cell_says_all_and_a_rate_of_few_messages_is_faded(shown: str) -> None:
    few = charts.LEAST - 1
    hours = pd.DataFrame(
        {"weekday": [1, 7], "hour": [9, 23], "messages": [few, 1200], "delivered": [few, 900]}
    )

    data = heat_map(hours, shown, "UTC").data

    assert list(data["words"]) == [
        f"Mon, 09 to 10 o'clock UTC: {few} messages, 100.0% delivered",
        "Sun, 23 to 24 o'clock UTC: 1,200 messages, 75.0% delivered",
    ]
    assert list(data["opacity"]) == [FEW if shown == "delivery_rate" else 1.0, 1.0]


@pytest.mark.slow
def test_what_it_shows_is_in_the_address(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "delivery", range="7d", heat="delivery_rate")

    assert not opened.exception
    assert opened.segmented_control(key="heat").value == "delivery_rate"
    assert any("Faded: fewer than" in caption.value for caption in opened.caption)
