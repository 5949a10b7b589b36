"""The view `failed_messages` has the messages of `outcomes` that failed, and no others."""

from __future__ import annotations

import pytest

from tests.support.views import Views, in_group, minute, status

COLUMNS = """
    first_at, failed_at, source, dialect, display_phone_number, message_id, recipient_id,
    recipient_user_id, participant_id, error_code, error_title, error_family, category,
    category_basis, market, campaign
"""
RANGES = ("", "('2026-03-10 12:00', '2026-03-10 12:30')", "(until := '2026-03-10 12:10')")


@pytest.fixture
def filled(views: Views) -> Views:
    """Messages with a failure: for good, delivered later, in a group, without `sent`, long ago."""
    failed = {"error_code": 131026, "error_title": "Message undeliverable"}
    label = {"callback_data": "spring-sale"}

    def at(name: str, time: float, message: str, **fields: object) -> dict[str, object]:
        return status(name, minute(time), message_id=message, **label, **fields)

    def to_group(name: str, time: float, person: str | None, **fields: object) -> dict[str, object]:
        return in_group(name, minute(time), message_id="g", participant_id=person, **fields)

    views.add(
        at("sent", 0, "a", category="marketing", pricing_type="regular"),
        at("failed", 1, "a", **failed),
        at("failed", 2, "a", error_code=131049),
        at("sent", 5, "b"),
        at("failed", 6, "b", **failed),
        at("delivered", 7, "b"),
        at("failed", 20, "c", **failed),
        at("sent", -1000, "d"),
        at("failed", 3, "d", **failed),
        at("read", 4, "e", category="marketing", pricing_type="regular"),
        to_group("sent", 8, None),
        to_group("failed", 9, "5511900000001", **failed),
        to_group("delivered", 9, "5511900000002"),
    )
    return views


@pytest.mark.parametrize("limits", RANGES)
def test_it_agrees_with_outcomes(filled: Views, limits: str) -> None:
    found = filled.rows(f"SELECT {COLUMNS} FROM failed_messages{limits} ORDER BY ALL")

    assert found
    assert found == filled.rows(
        f"SELECT {COLUMNS} FROM outcomes{limits} WHERE outcome = 'failed' ORDER BY ALL"
    )


def test_only_wanted_campaigns_are_looked_for(filled: Views) -> None:
    for name, expected in (("spring-sale", {"a", "c", "d"}), ("other", set()), ("winter", set())):
        found = filled.rows(f"SELECT message_id FROM failed_messages(wanted := '{name}')")
        assert {row["message_id"] for row in found} == expected


def test_a_failure_may_leave_the_campaign_to_another_status(views: Views) -> None:
    views.add(
        status("sent", minute(0), callback_data="spring-sale"),
        status("failed", minute(1), error_code=131026),
    )

    found = views.row("FROM failed_messages(wanted := 'spring-sale')")
    assert found["campaign"] == "spring-sale"


def test_what_was_delivered_after_all_is_not_in_it(filled: Views) -> None:
    ids = {row["message_id"] for row in filled.rows("SELECT message_id FROM failed_messages")}

    assert ids == {"a", "c", "d", "g"}
