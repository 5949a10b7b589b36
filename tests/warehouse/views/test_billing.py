"""Charges: once for each message, in groups once for each recipient, on delivery."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.views import Views, in_group, minute, status


@pytest.mark.parametrize(
    ("pricing", "verdict"),
    [
        ({"pricing_type": "regular"}, "billable"),
        ({"pricing_type": "regular", "billable": False}, "billable"),
        ({"pricing_type": "free_customer_service"}, "free"),
        ({"pricing_type": "free_entry_point", "billable": True}, "free"),
        ({"pricing_type": "free_group_customer_service"}, "free"),
        ({"pricing_type": "something_new", "billable": True}, "unknown"),
        ({"billable": True}, "billable"),
        ({"billable": True, "category": "service"}, "billable"),
        ({"billable": False, "category": "utility"}, "free"),
        ({"category": "service"}, "unknown"),
        ({"category": "marketing", "pricing_model": "CBP"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_type_has_priority_over_the_flag(
    views: Views, pricing: dict[str, Any], verdict: str
) -> None:
    views.add(status("delivered", **pricing))
    assert views.row("FROM billing")["verdict"] == verdict
    assert views.row("FROM outcomes")["verdict"] == verdict


@pytest.mark.parametrize("day", ["2026-09-30", "2026-10-01"])
def test_the_date_has_no_effect(views: Views, day: str) -> None:
    views.add(status("delivered", pricing_type="free_customer_service", category="utility"))
    views.connection.execute(f"UPDATE statuses SET occurred_at = TIMESTAMPTZ '{day} 12:00:00Z'")
    assert views.row("FROM billing")["verdict"] == "free"


@pytest.mark.parametrize("price", ["pricing_type", "pricing_subtype"])
def test_what_is_exempt_is_free_for_every_type(views: Views, price: str) -> None:
    views.add(status("delivered", **{"pricing_type": "regular", price: "paid_exempt"}))
    assert views.row("FROM billing")["verdict"] == "free"


def test_a_new_subtype_overrides_nothing(views: Views) -> None:
    views.add(status("delivered", pricing_type="regular", pricing_subtype="a_new_one"))
    assert views.row("FROM billing")["verdict"] == "billable"


def test_the_price_is_taken_once_and_from_the_delivery(views: Views) -> None:
    views.add(
        status("sent", minute(9), pricing_type="free_customer_service", category="utility"),
        status("delivered", minute(1), pricing_type="regular", pricing_model="PMP"),
        status("read", minute(2)),
    )
    found = views.row("FROM billing")
    assert (found["units"], found["verdict"], found["pricing_model"]) == (1, "billable", "PMP")
    assert found["category"] is None  # nothing is mixed in from the other status


def test_the_price_of_sent_counts_if_the_delivery_has_none(views: Views) -> None:
    views.add(status("sent", pricing_type="regular"), status("read", minute(1)))
    assert views.row("FROM billing")["verdict"] == "billable"


def test_only_delivery_is_charged(views: Views) -> None:
    priced = {"pricing_type": "regular", "category": "marketing"}
    views.add(
        status("sent", **priced),
        status("sent", message_id="B", **priced),
        status("failed", minute(1), message_id="B", error_code=131049),
        status("read", message_id="C", **priced),
    )
    assert views.row("FROM billing")["units"] == 1
    assert views.row("FROM outcomes WHERE verdict = 'billable'")["message_id"] == "C"


def test_charges_can_be_grouped_by_campaign(views: Views) -> None:
    priced = {"pricing_type": "regular"}
    views.add(
        status("delivered", message_id="A1", callback_data="A", **priced),
        status("sent", message_id="A2", callback_data="A", **priced),
        status("sent", message_id="B1", callback_data="B", **priced),
        status("read", minute(1), message_id="B1", callback_data="B"),
        status("read", message_id="B2", callback_data="B", billable=False),
    )
    asked = "count(*) FILTER (verdict = 'billable') AS billable"
    found = views.rows(f"SELECT callback_data, {asked} FROM outcomes GROUP BY ALL ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [("A", 1), ("B", 1)]


def test_a_charge_counts_on_the_day_of_the_delivery(views: Views) -> None:
    views.add(status("sent", minute(0)), status("delivered", minute(24 * 60)))
    assert str(views.row("FROM billing")["day"]) == "2026-03-11"


def test_groups_are_charged_by_recipient_and_market(views: Views) -> None:
    regular = {"pricing_type": "regular", "category": "group_marketing"}
    views.add(
        in_group("sent", minute(0), **regular),
        in_group("delivered", minute(1), participant_id="5511900000001", **regular),
        in_group("read", minute(2), participant_id="5511900000001", **regular),
        in_group("delivered", minute(1), participant_id="5511900000002", **regular),
        in_group("delivered", minute(1), participant_id="447700900001", **regular),
        in_group("failed", minute(1), participant_id="447700900002"),
    )
    found = views.rows("SELECT market, units FROM billing ORDER BY market")
    assert [tuple(row.values()) for row in found] == [("Brazil", 2), ("United Kingdom", 1)]
