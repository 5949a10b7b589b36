"""The origins of conversations, as far as the traffic shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.views import NUMBER, START, Row, Views, minute, status

CBP = {"pricing_model": "CBP", "conversation_id": "c1", "origin": "marketing"}


def message(message_id: str, at: float = 0, **fields: Any) -> Row:
    return status("delivered", minute(at), message_id=message_id, **fields)


def found(views: Views) -> list[tuple[Any, ...]]:
    columns = "origin_basis, origin, conversations, messages"
    return [tuple(row.values()) for row in views.rows(f"SELECT {columns} FROM conversations")]


def test_messages_of_one_conversation_are_one_conversation(views: Views) -> None:
    views.add(
        message("A", **CBP), message("B", **CBP), message("C", **{**CBP, "conversation_id": "c2"})
    )
    assert found(views) == [("conversation", "marketing", 2, 3)]


def test_a_conversation_counts_on_the_day_it_began(views: Views) -> None:
    views.add(message("A", **CBP), message("B", 13 * 60, **CBP))
    (row,) = views.rows("FROM conversations")
    assert (row["day"], row["messages"]) == (START.date(), 2)


def test_a_free_entry_point_is_a_conversation_under_any_pricing(views: Views) -> None:
    free = {"pricing_model": "PMP", "pricing_type": "free_entry_point", "conversation_id": "c1"}
    views.add(message("A", **free, origin="referral_conversion"), message("B", **free))
    assert found(views) == [("conversation", "referral_conversion", 1, 2)]


def test_ids_of_single_messages_are_not_conversations(views: Views) -> None:
    for message_id in "AB":
        views.add(
            message(
                message_id,
                pricing_model="PMP",
                pricing_type="regular",
                category="utility",
                conversation_id=message_id,
                origin="utility",
            )
        )
    assert found(views) == [("category", "utility", None, 2)]


def test_without_type_per_message_pricing_has_no_conversations_either(views: Views) -> None:
    views.add(message("A", pricing_model="PMP", category="utility", conversation_id="c1"))
    assert found(views) == [("category", "utility", None, 1)]


def test_without_category_the_pricing_type_is_used(views: Views) -> None:
    views.add(message("A", pricing_model="PMP", pricing_type="free_customer_service"))
    assert found(views) == [("pricing_type", "free_customer_service", None, 1)]


def test_messages_without_conversation_are_left_out(views: Views) -> None:
    views.add(message("A"))
    assert found(views) == []


def test_customers_who_came_by_an_ad_count_by_their_messages(views: Views) -> None:
    inbound = {
        "event_id": "6b1a4e0e-33f4-4c0d-9c8f-0d8a5d9a2b10",
        "message_id": "in.1",
        "occurred_at": START + timedelta(minutes=1),
        "channel": "messages",
        "display_phone_number": NUMBER,
        "referral_source_type": "ad",
    }
    views.add(
        inbound,
        {**inbound, "content_hash": 2},
        {**inbound, "message_id": "in.2"},
        {**inbound, "message_id": "in.3", "channel": "history"},
        {**inbound, "message_id": "in.4", "referral_source_type": None},
        table="messages",
    )
    assert found(views) == [("referral", "ad", None, 2)]
