"""The page Countries, with its figures compared with plain SQL."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dashboards import queries
from dashboards.components import formats
from dashboards.queries import NOT_STATED
from dashboards.selection import Selection
from tests.dashboards.test_pages import metrics
from tests.dashboards.test_queries import COUNTS, asked, plain, selection
from tests.support.dashboard import Opened

__all__ = ["asked", "selection"]

pytestmark = pytest.mark.slow

MARKET = f"coalesce(market, '{NOT_STATED}')"


def test_counts_agree_with_outcomes(sql: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    page = queries.countries(sql, selection)

    names = ["messages", "delivered", "read", "sent", "no_outcome", "failed"]
    found = [tuple(row) for row in page.markets[["market", *names]].itertuples(index=False)]
    assert sorted(found) == plain(
        sql, f"{MARKET}, {COUNTS}", selection, "GROUP BY ALL ORDER BY ALL"
    )
    assert page.now == queries.overview(sql, selection).now


def test_failures_agree_with_outcomes(sql: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    page = queries.countries(sql, selection)

    found = [tuple(row) for row in page.failures.itertuples(index=False)]
    assert sorted(found) == plain(
        sql, f"{MARKET}, error_family, count(*)", selection,
        "AND outcome = 'failed' GROUP BY ALL ORDER BY ALL",
    )  # fmt: skip
    failing = page.markets[page.markets["failed"] > 0]
    assert set(failing["market"]) == set(page.failures["market"])
    assert not failing["reason"].isna().any()


def test_the_page_lists_every_market_with_its_rates(
    app: Opened, busy: Path, sql: duckdb.DuckDBPyConnection
) -> None:
    opened = app.on(busy, "countries", range="30d")

    ((markets,),) = sql.execute(
        "SELECT count(DISTINCT market) FROM outcomes(now() - INTERVAL 30 DAYS)"
    ).fetchall()
    table = opened.dataframe[0].value
    assert metrics(opened)["Markets"] == formats.count(markets)
    assert set(table["Market"]) - {formats.words(NOT_STATED)} >= {"Brazil", "Germany", "India"}
    assert formats.count(table["Messages"].sum()) == metrics(opened)["Messages"]
