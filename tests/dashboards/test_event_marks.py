"""Marks of account events on charts over time."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dashboards import queries
from dashboards.components import charts, event_marks
from dashboards.queries.marks import FIELDS
from dashboards.selection import Choice, selection_at
from tests.dashboards.test_pages import text
from tests.support.dashboard import Opened, filled
from tests.support.traffic import Traffic

pytestmark = pytest.mark.slow

PAUSED = {"message_template_name": "spring_offer", "message_template_language": "en_US"}


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        (Choice("24h"), "true"),
        (Choice("7d", numbers=("15550001111",)), "display_phone_number = '15550001111'"),
        (Choice("7d", numbers=("1",)), "display_phone_number IS NULL"),
        (Choice("7d", markets=("Germany",)), "true"),
    ],
)
def test_they_are_what_happened_to_the_account(
    sql: duckdb.DuckDBPyConnection, now: datetime, choice: Choice, where: str
) -> None:
    selection = selection_at(choice, now)

    found = queries.marks(sql, selection)

    exact = sql.execute(
        "SELECT occurred_at::TIMESTAMP, field FROM account_events WHERE occurred_at >= ? "
        f"AND occurred_at < ? AND list_contains(?, field) AND {where} ORDER BY ALL DESC",
        [selection.since, selection.until, list(FIELDS)],
    ).fetchall()
    assert list(found[["occurred_at", "field"]].itertuples(index=False, name=None)) == exact
    assert "user_preferences" not in set(found["field"])


def test_an_event_without_a_number_concerns_every_number(
    app: Opened, tmp_path: Path, now: datetime
) -> None:
    folder = filled(tmp_path, with_events(now, 1, display_phone_number=None))

    opened = app.on(folder, number="15550001111")

    assert not opened.exception
    assert "Marked: 1 account event;" in text(opened)


def test_the_oldest_of_very_many_are_counted_in_words(
    app: Opened, tmp_path: Path, now: datetime
) -> None:
    folder = filled(tmp_path, with_events(now, event_marks.MOST + 12))

    opened = app.on(folder, "failures")

    assert not opened.exception
    assert f"Marked: {event_marks.MOST} account events;" in text(opened)
    assert "12 older ones are not marked" in text(opened)


def test_a_mark_says_when_and_what(now: datetime) -> None:
    at = pd.Timestamp("2026-11-20 10:05:00")
    events = pd.DataFrame(
        {
            "occurred_at": [at, at],
            "number": ["15550001111", None],
            "field": ["message_template_status_update", "account_update"],
            "event": ["PAUSED", "ACCOUNT_RESTRICTION"],
            "value": [json.dumps(PAUSED), None],
        }
    )
    frame = event_marks.in_words(events)
    assert list(frame["words"]) == [
        "Template spring_offer (en_US) was paused because of low quality (+15550001111)",
        "The account was restricted",
    ]
    assert set(frame["when"]) == {"20 Nov, 10:05"}

    selection = selection_at(Choice("24h"), now)
    bars = charts.stacked_bars(
        pd.DataFrame({"bucket": [at], "kind": ["a"], "value": [1]}), selection, time="bucket",
        kind="kind", value="value", colours={"a": "#000"}, unit="Messages",
    )  # fmt: skip
    marked = event_marks.marked(bars, frame, charts.time_axis("at", selection.step), "light", "UTC")
    layers = marked.to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in layers] == ["bar", "rule", "rule", "point"]


def with_events(now: datetime, count: int, **columns: Any) -> Traffic:
    """A message that failed, and account events in the hours before."""
    traffic = Traffic()
    common = {"source": "meta", "dialect": "cloud", "display_phone_number": "15550001111"}
    for index in range(2):  # filters with one value are not drawn
        traffic.add(
            "statuses", **common, kind="message", channel="messages", status="failed",
            message_id=f"wamid.{index}", recipient_id=f"1555765432{index}", error_code=131026,
            occurred_at=now - timedelta(hours=1),
        )  # fmt: skip
    for index in range(count):
        event = {"field": "message_template_status_update", "event": "PAUSED"}
        traffic.add(
            "account_events", **common | {"value": json.dumps(PAUSED)} | event | columns,
            occurred_at=now - timedelta(minutes=10 * (index + 1)),
        )  # fmt: skip
    return traffic
