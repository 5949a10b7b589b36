"""The filters: what each page can honour, and what it says about the others."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from dashboards import queries
from dashboards.page_filters import PAGES
from dashboards.queries import NOT_STATED
from dashboards.screens.campaigns import COMPARED
from dashboards.selection import FILTERS, Choice, selection_at
from tests.dashboards.test_pages import beside, metrics, text
from tests.dashboards.test_queries import plain
from tests.support.dashboard import Opened
from tests.support.lake import created
from tests.support.views import Views, ago, status

pytestmark = pytest.mark.slow

CODES = ("cloud-131026", "onprem-470")
ACCOUNT = "102290129340398"


@pytest.mark.parametrize("more", [{}, {"markets": ("Germany",)}, {"numbers": ("34655500033",)}])
def test_a_code_narrows_what_failed_and_not_the_messages(
    sql: duckdb.DuckDBPyConnection, now: datetime, more: dict[str, tuple[str, ...]]
) -> None:
    selection = selection_at(Choice("7d", codes=CODES, **more), now)
    failed = "outcome = 'failed' AND dialect || '-' || error_code IN ('cloud-131026', 'onprem-470')"
    exact = plain(sql, f"count(*), count(*) FILTER ({failed})", selection)

    for query in (queries.failures, queries.countries):
        found = query(sql, selection).now
        assert [(found.messages, found.failed)] == exact
    codes = queries.failures(sql, selection).codes
    assert codes["messages"].sum() == exact[0][1]
    campaigns = queries.campaigns(sql, selection)
    exact = plain(
        sql, f"count(*), count(*) FILTER ({failed})", selection, "AND campaign IS NOT NULL"
    )
    assert [(campaigns.now.messages, campaigns.now.failed)] == exact
    names = tuple(campaigns.campaigns["campaign"])[:COMPARED]
    listed = queries.all_failed_recipients(sql, selection, names) if names else []
    assert len(listed) == exact[0][1]


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        (Choice("7d", markets=("Germany",)), "market = 'Germany'"),
        (Choice("7d", accounts=(ACCOUNT,)), f"waba_id = '{ACCOUNT}'"),
        (Choice("7d", accounts=(NOT_STATED,)), "waba_id IS NULL"),
    ],
)
def test_prices_and_origins_by_account_and_market(
    sql: duckdb.DuckDBPyConnection, now: datetime, choice: Choice, where: str
) -> None:
    selection = selection_at(choice, now)
    since, until = selection.midnights

    ((units,),) = sql.execute(
        f"SELECT count(*) FROM outcomes WHERE delivered_at >= ? AND delivered_at < ? AND {where}",
        [since, until],
    ).fetchall()
    assert queries.pricing(sql, selection).now["units"] == units > 0
    if choice.accounts:
        ((messages,),) = sql.execute(
            "SELECT count(*) FROM outcomes WHERE first_at >= ? AND first_at < ? "
            "AND category_basis = 'stated' AND NOT (conversation_id IS NOT NULL AND "
            f"(pricing_model <> 'PMP' OR pricing_type = 'free_entry_point')) AND {where}",
            [since, until],
        ).fetchall()
        origins = queries.conversations(sql, selection).origins
        found = origins.loc[origins["origin_basis"] == "category", "messages"].sum()
        assert found == messages
        inbound = queries.inbound(sql, selection)
        assert inbound.messages == sql.execute(
            "SELECT count(*) FROM messages WHERE channel IN ('messages', 'standby') "
            f"AND occurred_at >= ? AND occurred_at < ? AND {where}",
            [selection.since, selection.until],
        ).fetchall()[0][0]  # fmt: skip


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("messages", "sql")])
def test_a_page_offers_what_it_can_honour_and_names_the_rest(
    app: Opened, busy: Path, page: str
) -> None:
    keys = dict(
        zip(
            FILTERS,
            ("account", "number", "market", "campaign", "category", "code", "source"),
            strict=True,
        )
    )
    opened = app.on(
        busy, page, range="7d", account=ACCOUNT, number="15550001111", market="Germany",
        campaign="order-updates", category="utility", code="cloud-131026", source="meta",
    )  # fmt: skip

    assert not opened.exception
    assert {box.key for box in opened.multiselect} == {keys[name] for name in PAGES[page]}
    ignored = [name for name in FILTERS if name not in PAGES[page]]
    assert ("not apply here" in text(opened)) == bool(ignored)
    assert set(keys.values()) <= set(opened.query_params)


def test_a_filter_that_one_page_cannot_apply_is_there_on_the_next(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "countries", range="7d", market="Germany", code="cloud-131026")
    (messages, failed) = (metrics(opened)[name] for name in ("Messages", "Failure rate"))

    opened.switch_page("screens/conversations.py").run()
    assert "The filters country or market and error code do not apply here." in text(opened)
    opened.run()
    opened.switch_page("screens/countries.py").run()

    assert (metrics(opened)["Messages"], metrics(opened)["Failure rate"]) == (messages, failed)
    assert opened.multiselect(key="market").value == ["Germany"]
    assert "market Germany · error code 131026 \\(cloud\\)" in text(opened)


def test_figures_that_are_not_summed_by_market_are_left_out_and_named(
    app: Opened, busy: Path
) -> None:
    overview = app.on(busy, "overview", range="7d", market="Germany")
    assert "Not compared: how long messages took is not summed" in text(overview)
    assert "no other filter applies to them" in text(overview)
    assert beside(overview, "Messages").strip() in ("None", "")

    delivery = app.on(busy, "delivery", range="7d", campaign="order-updates")
    assert not delivery.exception
    assert "How long messages took is not summed by campaign or market" in text(delivery)
    assert "Time to deliver" not in metrics(delivery)


def test_a_code_is_offered_with_its_title(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "failures", range="7d")

    options = opened.multiselect(key="code").options
    assert "131026 (cloud) · Message undeliverable" in options


def test_a_filter_with_one_value_is_not_offered(app: Opened, tmp_path: Path) -> None:
    with created(tmp_path) as connection:
        Views(connection).add(status("sent", ago(hours=1)))

    assert not app.on(tmp_path).multiselect

    asked = app.on(tmp_path, source="nowhere")
    assert [box.key for box in asked.multiselect] == ["source"]
    assert "No message of the last 30 days has nowhere" in text(asked)
