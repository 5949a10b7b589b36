"""Costs by the user's rates, with figures that were computed by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.charges import delivered, rated
from tests.support.views import Views

OTHER_NUMBER = "15550002222"


def tiers(views: Views) -> None:
    """The first 100 messages of a month cost 0.05, those up to 300 0.04, and the others 0.03."""
    rated(views, "0.05")
    rated(views, "0.04", from_units=101)
    rated(views, "0.03", from_units=301)


def test_units_times_price(views: Views) -> None:
    rated(views, "0.0068")
    delivered(views, "2026-10-05", 3)
    found = views.row("SELECT units, price, cost, currency, unpriced FROM costs")
    assert tuple(found.values()) == (3, Decimal("0.0068"), Decimal("0.0204"), "USD", None)


def test_money_is_decimal(views: Views) -> None:
    rated(views, "0.1")
    delivered(views, "2026-10-05", 3)
    assert views.row("SELECT sum(cost) AS cost FROM costs")["cost"] == Decimal("0.3")


def test_a_price_applies_from_its_day_until_the_next(views: Views) -> None:
    rated(views, "1")
    rated(views, "2", valid_from=date(2026, 10, 1))
    rated(views, "3", valid_from=date(2027, 1, 1))
    for day in ("2026-09-30", "2026-10-01", "2026-12-31", "2027-01-01"):
        delivered(views, day, 1)
    found = views.rows("SELECT price FROM costs ORDER BY day")
    assert [row["price"] for row in found] == [1, 2, 2, 3]


def test_before_the_first_price_nothing_is_priced(views: Views) -> None:
    rated(views, "2", valid_from=date(2026, 10, 1))
    delivered(views, "2026-09-30", 4)
    assert views.row("SELECT cost, unpriced, units FROM costs") == {
        "cost": None, "unpriced": "no_rate", "units": 4,
    }  # fmt: skip


def test_tiers_count_the_messages_of_the_month(views: Views) -> None:
    tiers(views)
    delivered(views, "2026-10-01", 80)
    delivered(views, "2026-10-02", 250)  # 20 at 0.05, 200 at 0.04, 30 at 0.03
    delivered(views, "2026-11-01", 10)  # another month
    found = views.rows("SELECT day, price, units, cost FROM costs ORDER BY day, price DESC")
    assert [(row["day"].day, str(row["price"])[:4], row["units"]) for row in found] == [
        (1, "0.05", 80), (2, "0.05", 20), (2, "0.04", 200), (2, "0.03", 30), (1, "0.05", 10),
    ]  # fmt: skip
    # 100 × 0.05 + 200 × 0.04 + 30 × 0.03 + 10 × 0.05
    assert sum(row["cost"] for row in found) == Decimal("14.40")


def test_a_range_knows_what_came_before_it_in_its_month(views: Views) -> None:
    tiers(views)
    delivered(views, "2026-09-30", 500)
    delivered(views, "2026-10-01", 95)
    delivered(views, "2026-10-02", 10)
    found = views.rows("SELECT units, cost FROM costs('2026-10-02', '2026-10-03') ORDER BY price")
    assert [tuple(row.values()) for row in found] == [
        (5, Decimal("0.20")), (5, Decimal("0.25")),
    ]  # fmt: skip


def test_all_numbers_count_together_and_other_categories_apart(views: Views) -> None:
    tiers(views)
    rated(views, "1", category="marketing")
    delivered(views, "2026-10-01", 100)
    delivered(views, "2026-10-01", 50, category="marketing")
    delivered(views, "2026-10-02", 1, display_phone_number=OTHER_NUMBER)
    found = views.row(f"SELECT price FROM costs WHERE display_phone_number = '{OTHER_NUMBER}'")
    assert found["price"] == Decimal("0.04")


def test_free_messages_count_for_no_tier(views: Views) -> None:
    tiers(views)
    free = {"verdict": "free", "pricing_type": "free_customer_service"}
    delivered(views, "2026-10-01", 100, **free)
    delivered(views, "2026-10-01", 100)
    assert views.row("SELECT sum(cost) AS cost FROM costs")["cost"] == 5
    assert views.row("SELECT cost FROM costs WHERE verdict = 'free'")["cost"] == 0


def test_a_rate_of_a_free_type_is_a_fee(views: Views) -> None:
    rated(views, "1")
    rated(views, "0.001", type="free_entry_point")
    delivered(views, "2026-10-01", 7, verdict="free", pricing_type="free_entry_point")
    assert views.row("SELECT cost FROM costs")["cost"] == Decimal("0.007")


def test_what_is_exempt_costs_nothing(views: Views) -> None:
    rated(views, "1")
    delivered(views, "2026-10-12", 7, verdict="free")
    assert views.row("SELECT cost, unpriced FROM costs") == {"cost": 0, "unpriced": None}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"market": "Germany"}, "no_rate"),
        ({"category": "marketing"}, "no_rate"),
        ({"market": None}, "unknown_market"),
        ({"category": None}, "unknown_category"),
        ({"verdict": "unknown", "pricing_type": "new"}, "not_stated"),
        ({"category": "marketing_lite_dynamic"}, "max_price"),
        ({"pricing_model": "CBP", "pricing_type": None}, "by_conversation"),
    ],
)
def test_what_has_no_price_is_never_zero(
    views: Views, columns: dict[str, Any], reason: str
) -> None:
    rated(views, "1")
    rated(views, "1", category="marketing_lite_dynamic")
    delivered(views, "2026-10-12", 7, **columns)
    assert views.row("SELECT units, cost, unpriced FROM costs") == {
        "units": 7, "cost": None, "unpriced": reason,
    }  # fmt: skip


def test_months_begin_in_the_zone_of_the_session(views: Views) -> None:
    tiers(views)
    delivered(views, "2026-10-31", 100)
    late = datetime(2026, 11, 1, 1, tzinfo=UTC)  # still October in New York
    delivered(views, "2026-11-01", 1, time=late)
    priced = "SELECT price FROM costs('2026-11-01 00:00:00Z')"
    assert views.row(priced)["price"] == Decimal("0.05")
    views.connection.execute("SET TimeZone = 'America/New_York'")
    try:
        assert views.row(priced)["price"] == Decimal("0.04")
    finally:
        views.connection.execute("SET TimeZone = 'UTC'")
