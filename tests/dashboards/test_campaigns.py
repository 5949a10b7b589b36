"""The page Campaigns, with its figures compared with plain SQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import queries
from dashboards.components import formats
from dashboards.selection import Choice, Selection, selection_at
from schemas.topics import STATUSES
from tests.dashboards.test_pages import metrics, shown_since, text
from tests.dashboards.test_queries import COUNTS, asked, plain, selection
from tests.support.dashboard import Opened
from tests.support.lake import Lake
from tests.support.traffic import CAMPAIGNS
from tests.support.views import ago

__all__ = ["asked", "selection"]

pytestmark = pytest.mark.slow

ONE = CAMPAIGNS["marketing"][0]
MASKED = re.compile(r"\d\d…\d\d")


def listed(opened: AppTest) -> list[str]:
    """The campaigns in the table of all campaigns, in order."""
    return list(opened.dataframe[0].value["Campaign"])


def test_counts_agree_with_outcomes(sql: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    page = queries.campaigns(sql, selection)

    names = ["messages", "delivered", "read", "sent", "no_outcome", "failed"]
    found = [tuple(row) for row in page.campaigns[["campaign", *names]].itertuples(index=False)]
    where = "AND campaign IS NOT NULL"
    assert sorted(found) == plain(
        sql, f"campaign, {COUNTS}", selection, f"{where} GROUP BY campaign ORDER BY campaign"
    )
    assert [(page.now.messages, page.without)] == plain(
        sql, "count(campaign), count(*) - count(campaign)", selection
    )
    ((inferred,),) = plain(sql, "count(*) FILTER (category_basis = 'inferred')", selection, where)
    assert page.campaigns["inferred"].sum() == inferred


def test_bars_add_up_to_the_campaign(sql: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    page = queries.campaigns(sql, selection).campaigns.set_index("campaign")
    chosen = tuple(page.index[:2])

    series = queries.campaign_series(sql, selection, chosen)

    for name in ("messages", "delivered", "read", "failed"):
        sums = series.groupby("campaign")[name].sum()
        assert dict(sums) == dict(page.loc[list(chosen), name])


def test_failed_recipients_agree_with_outcomes_and_are_masked(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    week = selection_at(Choice("7d"), now)

    table = queries.all_failed_recipients(sql, week, (ONE,))
    found = queries.failed_recipients(sql, week, (ONE,))

    expected = plain(
        sql, "message_id, error_code", week,
        f"AND outcome = 'failed' AND campaign = '{ONE}' ORDER BY message_id",
    )  # fmt: skip
    rows = table.select(["message_id", "error_code"]).to_pylist()
    assert sorted(tuple(row.values()) for row in rows) == expected
    assert sorted(found["message_id"]) == [message for message, _ in expected]
    assert all(MASKED.fullmatch(value) for value in table["recipient"].to_pylist())
    assert all(table["reason"].to_pylist())


def test_the_page_shows_rates_with_their_denominators(
    app: Opened, busy: Path, sql: duckdb.DuckDBPyConnection
) -> None:
    opened = app.on(busy, "campaigns", range="7d")

    ((campaigns, messages, failed),) = sql.execute(
        "SELECT count(DISTINCT campaign), count(campaign), "
        "count(campaign) FILTER (outcome = 'failed') FROM outcomes WHERE first_at >= ?",
        [shown_since(opened)],
    ).fetchall()
    assert metrics(opened)["Campaigns"] == formats.count(campaigns)
    assert metrics(opened)["Messages"] == formats.count(messages)
    beside = {tile.label: tile.delta for tile in opened.metric}
    assert beside["Failure rate"] == f"{formats.count(failed)} of {formats.count(messages)}"
    assert "inferred from other messages" in text(opened)


def test_a_search_and_an_order_are_in_the_address(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "campaigns", range="7d", search="MARK", sort="failure_rate")

    assert set(listed(opened)) == set(CAMPAIGNS["marketing"])
    rates = list(opened.dataframe[0].value["Failure rate"])
    assert rates == sorted(rates, reverse=True)

    opened.text_input(key="search").set_value("nothing like it").run()
    assert "No campaign of this period has “nothing like it”" in text(opened)
    assert opened.query_params["search"] in ("nothing like it", ["nothing like it"])


def test_chosen_campaigns_are_compared(app: Opened, busy: Path) -> None:
    other = CAMPAIGNS["utility"][0]

    opened = app.on(busy, "campaigns", range="7d", campaign=ONE)
    chosen = opened.multiselect(key="campaign")
    assert chosen.value == [ONE]
    chosen.set_value([ONE, other]).run()

    assert not opened.exception
    assert list(opened.table[0].value.columns) == [formats.escaped(ONE), formats.escaped(other)]
    assert opened.query_params["campaign"] == [ONE, other]


def test_failed_recipients_are_masked_on_the_page(
    app: Opened, busy: Path, sql: duckdb.DuckDBPyConnection
) -> None:
    opened = app.on(busy, "campaigns", range="7d", campaign=ONE)

    listed = opened.dataframe[-1].value
    assert len(listed)
    assert listed["What to do"].any()
    assert "Failed recipients" in [button.proto.help.split(" as ")[0] for button in buttons(opened)]
    shown = "\n".join([text(opened), *(frame.value.to_csv() for frame in opened.dataframe)])
    recipients = sql.execute("SELECT DISTINCT recipient_id FROM outcomes").fetchall()
    assert not [number for (number,) in recipients if number in shown]


def buttons(opened: AppTest) -> list:  # type: ignore[type-arg]
    return list(opened.get("download_button"))


def test_an_unknown_campaign_in_the_address_is_said(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "campaigns", range="7d", campaign="no-such")

    assert not opened.exception
    assert "No message of the last 30 days has no\\-such" in text(opened)


def test_without_campaigns_the_page_says_where_they_come_from(app: Opened, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    now = int(ago().timestamp() * 1_000_000)
    with lake.connection:
        lake.land_events(STATUSES, {"occurred_at": now, "received_at": now})

    opened = app.on(tmp_path, "campaigns")

    assert not opened.exception
    assert "biz_opaque_callback_data" in text(opened)


def test_a_long_list_is_shown_in_parts(app: Opened, tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    now = int(datetime.now(UTC).timestamp() * 1_000_000) - 1_000_000
    names = [f"sale-{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(120)]
    with lake.connection:
        lake.land_events(
            STATUSES,
            *(
                {
                    "message_id": name,
                    "callback_data": name,
                    "occurred_at": now,
                    "received_at": now,
                }
                for name in names
            ),
        )

    opened = app.on(tmp_path, "campaigns")
    assert listed(opened) == names[:50]
    opened.number_input(key="part").set_value(3).run()
    assert listed(opened) == names[100:]
    assert "Campaigns 101 to 120 of 120." in text(opened)
    assert opened.query_params["part"] in ("3", ["3"])
