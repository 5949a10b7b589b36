"""Costs on the page Pricing, with figures that were computed by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from dashboards import queries
from dashboards.components import costs
from dashboards.queries.costs import months
from dashboards.selection import DAY, Choice, Selection, selection_at
from tests.dashboards.test_pages import metrics
from tests.support.charges import delivered, rated
from tests.support.dashboard import Opened
from tests.support.lake import created
from tests.support.views import NUMBER, Views
from tests.warehouse.views.conftest import connection, views

__all__ = ["connection", "views"]

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


def prices(views: Views) -> None:
    """Utility to Brazil in three tiers, and marketing to Germany."""
    rated(views, "0.05")
    rated(views, "0.04", from_units=101)
    rated(views, "0.03", from_units=301)
    rated(views, "0.1", market="Germany", category="marketing")


def traffic(views: Views) -> None:
    """Deliveries of three months before NOW."""
    delivered(views, "2026-09-25", 1)
    delivered(views, "2026-10-10", 60)  # 60 × 0.05 = 3.00
    delivered(views, "2026-10-20", 500)  # later than a month ago
    delivered(views, "2026-11-02", 90)  # 90 × 0.05 = 4.50
    delivered(views, "2026-11-14", 20)  # 10 × 0.05 + 10 × 0.04 = 0.90
    delivered(views, "2026-11-14", 5, market="Germany", category="marketing")  # 0.50
    delivered(views, "2026-11-14", 3, market="India", category="marketing")
    free = {"category": "service", "verdict": "free", "pricing_type": "free_customer_service"}
    delivered(views, "2026-11-14", 7, **free)
    delivered(views, "2026-11-14", 2, category="service")


def test_the_figures_of_the_page(views: Views) -> None:
    prices(views)
    traffic(views)

    found = queries.pricing(views.connection, selection_at(Choice("7d"), NOW)).costs

    assert (found.currency, found.cost) == ("USD", Decimal("1.40"))
    assert (found.month.cost, found.month.unpriced) == (Decimal("5.90"), 5)
    assert found.last_month
    assert (found.last_month.cost, found.last_month.unpriced) == (3, 0)
    assert found.priced.to_numpy().tolist() == [
        ["Brazil", "utility", 20, Decimal("0.9")],
        ["Germany", "marketing", 5, Decimal("0.5")],
        ["Brazil", "service", 7, 0],
    ]
    assert found.unpriced.to_numpy().tolist() == [
        ["India", "marketing", "no_rate", 3],
        ["Brazil", "service", "no_rate", 2],
    ]
    assert found.tiers.to_numpy().tolist() == [
        ["Brazil", "utility", 110, Decimal("0.04"), 301, Decimal("0.03")]
    ]
    assert found.free_tier.to_numpy().tolist() == [[NUMBER, 7, 2]]


def test_filters_choose_messages_but_tiers_count_all(views: Views) -> None:
    other = "4915550002222"
    prices(views)
    delivered(views, "2026-11-02", 100)
    delivered(views, "2026-11-14", 10, display_phone_number=other)
    chosen = Choice("7d", numbers=(other,), categories=("utility",))

    found = queries.pricing(views.connection, selection_at(chosen, NOW)).costs

    assert found.cost == found.month.cost == Decimal("0.40")
    assert list(found.tiers["units"]) == [110]


@pytest.mark.parametrize(
    ("now", "since", "until"),
    [
        ("2026-11-15T12:00Z", "2026-10-01T00:00Z", "2026-10-15T12:00Z"),
        ("2026-03-30T06:00Z", "2026-02-01T00:00Z", "2026-03-01T00:00Z"),
        ("2027-01-02T00:00Z", "2026-12-01T00:00Z", "2026-12-02T00:00Z"),
    ],
)
def test_the_month_before_ends_at_the_same_day(now: str, since: str, until: str) -> None:
    wanted = datetime.fromisoformat(since), datetime.fromisoformat(until)
    _, found = months(Selection(NOW, NOW, DAY, now=datetime.fromisoformat(now)))
    assert found == wanted


def test_months_begin_at_midnight_of_the_zone() -> None:
    now = datetime.fromisoformat("2026-11-01T03:30Z")  # still October in New York

    month, before = months(Selection(NOW, NOW, DAY, Choice(zone="America/New_York"), now))

    assert month == datetime.fromisoformat("2026-10-01T04:00Z")
    # As far by the clock: 23:30 on the last day, as September has only 30.
    assert before == (datetime.fromisoformat("2026-09-01T04:00Z"), month)


def test_a_volume_tier_is_of_the_month_of_the_zone(views: Views) -> None:
    prices(views)
    delivered(views, "2026-10-31", 100, time=datetime(2026, 10, 31, 18, tzinfo=UTC))
    delivered(views, "2026-10-31", 1, time=datetime(2026, 10, 31, 19, tzinfo=UTC))
    chosen = selection_at(Choice("30d", zone="Asia/Kolkata"), NOW)
    views.connection.execute("SET TimeZone = 'Asia/Kolkata'")
    try:
        found = queries.pricing(views.connection, chosen).costs
    finally:
        views.connection.execute("SET TimeZone = 'UTC'")

    # November begins there at 18:30 UTC: its first message is below the limit again.
    assert (found.month.cost, found.cost) == (Decimal("0.05"), Decimal("5.05"))


def test_the_last_month_is_not_shown_if_it_is_not_all_there(views: Views) -> None:
    prices(views)
    delivered(views, "2026-10-10", 60)
    delivered(views, "2026-11-14", 20)
    found = queries.pricing(views.connection, selection_at(Choice("7d"), NOW)).costs
    assert found.last_month is None


@pytest.mark.slow
def test_the_page_shows_costs_and_what_has_no_price(app: Opened, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    _, (last_month, _) = months(Selection(now, now, DAY, now=now))
    with created(tmp_path) as connection:
        views = Views(connection)
        prices(views)
        for moment, units, market in (
            (last_month - timedelta(days=5), 1, "Brazil"),
            (last_month, 60, "Brazil"),  # 60 × 0.05 = 3.00
            (now, 110, "Brazil"),  # 100 × 0.05 + 10 × 0.04 = 5.40
            (now, 4, "Peru"),
        ):
            delivered(views, "2026-11-14", units, time=moment, market=market)

    opened = app.on(tmp_path, "pricing")

    assert not opened.exception
    found = metrics(opened)
    assert found["Estimated cost"] == found["This month"] == "USD 5.40"
    assert found["Last month to the same day"] == "USD 3.00"
    (reasons,) = (table.value for table in opened.dataframe if "Reason" in table.value)
    assert reasons.to_numpy().tolist() == [["Peru", "Utility", 4, "No rate"]]
    (tiers,) = (table.value for table in opened.dataframe if "Next price" in table.value)
    assert list(tiers["To the next"]) == [190]


@pytest.mark.slow
def test_without_rates_the_page_says_how_to_add_them(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "pricing")

    assert costs.HOW in [info.value for info in opened.info]
    assert "Estimated cost" not in metrics(opened)
