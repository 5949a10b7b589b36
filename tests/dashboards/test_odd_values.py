"""Rows that no provider would send do not break a query or a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import queries
from dashboards.selection import CUSTOM, PRESETS, Choice, Selection, selection_at
from schemas.topics import STATUSES
from tests.dashboards.test_pages import OTHERS, PAGES, text
from tests.support import hostile
from tests.support.dashboard import Opened
from tests.support.lake import Lake
from tests.support.views import ago
from warehouse.connection import Location, connect

pytestmark = pytest.mark.slow

NAMES = {"events": "account_events"}
Query = Callable[[duckdb.DuckDBPyConnection, Selection], Any]
QUERIES: dict[str, Query] = {
    **{page: getattr(queries, NAMES.get(page, page)) for page in (*PAGES, *OTHERS)},
    "options": queries.options,
    "freshness": lambda connection, _: queries.freshness(connection),
}
CHOICES = {name: Choice(name) for name in PRESETS} | {
    "always": Choice(CUSTOM, (date(1970, 1, 1), date(2099, 12, 31)))
}
EVERYTHING = CHOICES["always"]
# Values that are chosen at once: each alone would take many times as long.
PORTION = 8


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of a warehouse with odd values in every column."""
    return hostile.every_text(tmp_path_factory)


@pytest.fixture(scope="module")
def reading(odd: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(Location.under(odd), read_only=True, threads=1) as connection:
        yield connection


def selection(choice: Choice) -> Selection:
    return selection_at(choice, datetime.now(UTC))


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("query", QUERIES)
def test_a_query_answers(reading: duckdb.DuckDBPyConnection, query: str, choice: str) -> None:
    QUERIES[query](reading, selection(CHOICES[choice]))


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_answers_for_what_its_filters_offer(
    reading: duckdb.DuckDBPyConnection, query: str
) -> None:
    offered = queries.options(reading, selection(EVERYTHING)).categories

    assert len(offered) >= len(hostile.TEXTS)
    for first in range(0, len(offered), PORTION):
        chosen = tuple(offered[first : first + PORTION])
        QUERIES[query](
            reading,
            selection(replace(EVERYTHING, numbers=chosen, categories=chosen, sources=chosen)),
        )


def test_messages_of_any_code_are_found(reading: duckdb.DuckDBPyConnection) -> None:
    everything = selection(EVERYTHING)
    codes = reading.execute(
        "SELECT DISTINCT dialect, error_code FROM outcomes WHERE outcome = 'failed'"
    ).fetchall()

    dialects = {code: dialect for dialect, code in codes}
    assert dialects.keys() >= {max(hostile.LONGS), min(hostile.LONGS)}
    for code, dialect in dialects.items():
        assert len(queries.failed_messages(reading, everything, dialect, code))


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_events_of_a_message_are_found(reading: duckdb.DuckDBPyConnection, text: str) -> None:
    ((landed,),) = reading.execute(
        "SELECT message_id FROM statuses WHERE starts_with(message_id, left(?, 9)) "
        "ORDER BY length(message_id) DESC LIMIT 1",
        [text.replace("\0", "\ufffd")],
    ).fetchall()
    assert not queries.message_events(reading, selection(EVERYTHING), landed).empty


@pytest.mark.parametrize("page", [*PAGES, *OTHERS])
def test_a_page_is_drawn(app: Opened, odd: Path, page: str) -> None:
    opened = app.on(odd, page, range="30 days")

    assert not opened.exception
    assert opened.metric
    _look_closer(opened, page)


def _look_closer(opened: AppTest, page: str) -> None:
    """Goes through what a page has to choose from."""
    if page == "failures":
        code = opened.multiselect(key="code")
        code.set_value(list(code.options)[:1]).run()
    if page == "delivery":
        opened.segmented_control(key="split").set_value("By category").run()
    if page == "pipeline":
        for reason in range(len(opened.selectbox(key="reason").options)):
            opened.selectbox(key="reason").select_index(reason).run()
            assert not opened.exception
    for key in [box.key for box in opened.multiselect]:
        widget = opened.multiselect(key=key)
        widget.set_value(list(widget.options)[:1]).run()
        assert not opened.exception


def test_texts_of_rows_are_not_read_as_markup_and_are_shortened(
    app: Opened, tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    now = int(ago().timestamp() * 1_000_000)
    failed = {"status": "failed", "occurred_at": now, "received_at": now}
    title = hostile.TEXTS["markup"]
    with lake.connection:
        lake.land_events(
            STATUSES,
            failed | {"error_title": title, "category": title},
            failed | {"message_id": "wamid.B", "category": "x" * hostile.HUGE},
        )

    opened = app.on(tmp_path)
    opened.multiselect(key="category").set_value([title]).run()

    assert not opened.exception
    shown = text(opened)
    assert "example" in shown
    assert "![" not in shown
    assert len(shown) + sum(map(len, opened.multiselect(key="category").options)) < 5_000
