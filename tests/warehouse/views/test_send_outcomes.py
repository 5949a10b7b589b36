"""The views `send_outcomes` and `unreported`: what became of the messages a sender reported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.support.views import CUSTOMER, NUMBER, START, Row, Views, ago, in_group, minute, status


def send(at: datetime = START, /, **fields: Any) -> Row:
    """A row of `sends`: one message from one campaign unless `fields` say otherwise."""
    row = status("", at, dialect="sender", **fields)
    for column in ("kind", "channel", "status"):
        del row[column]
    return row


@pytest.mark.parametrize("send_first", [True, False])
def test_a_send_has_the_outcome_of_its_message(views: Views, send_first: bool) -> None:
    said = send(template="spring_sale", language="en_US", campaign="spring", cost_centre="4711")
    came = [
        status("sent", minute(1)),
        status("delivered", minute(2), category="marketing", pricing_type="regular"),
    ]
    if send_first:
        views.add(said, table="sends")
    views.add(*came)
    if not send_first:
        views.add(said, table="sends")
    found = views.row("FROM send_outcomes")
    assert (
        found
        | {
            "outcome": "delivered",
            "template": "spring_sale",
            "language": "en_US",
            "campaign": "spring",
            "cost_centre": "4711",
            "category": "marketing",
            "category_basis": "stated",
            "sent_at": START,
            "delivered_at": minute(2),
            "display_phone_number": NUMBER,
            "recipient_id": CUSTOMER,
            "verdict": "billable",
        }
        == found
    )
    assert views.rows("FROM unreported") == []


def test_a_send_without_a_status_is_unreported(views: Views) -> None:
    views.add(status("sent"), status("accepted", message_id="wamid.B"))
    views.add(
        send(),
        send(minute(1), message_id="wamid.B", campaign="b", category="utility"),
        send(minute(2), message_id="wamid.C", template="c"),
        table="sends",
    )
    found = views.rows("SELECT message_id, campaign, category, template FROM unreported ORDER BY 1")
    assert [tuple(row.values()) for row in found] == [
        ("wamid.B", "b", "utility", None),  # it never left the provider's queue
        ("wamid.C", None, None, "c"),
    ]
    outcomes = views.rows("SELECT message_id, outcome FROM send_outcomes ORDER BY 1")
    assert [row["outcome"] for row in outcomes] == ["no_outcome", "unreported", "unreported"]


@pytest.mark.parametrize(
    ("stated", "said", "found"),
    [
        ("utility", "marketing", ("utility", "stated")),
        (None, "marketing", ("marketing", "sender")),
        (None, None, (None, None)),
    ],
)
def test_the_category_is_what_was_charged_or_what_the_sender_knows(
    views: Views, stated: str | None, said: str | None, found: tuple[str | None, str | None]
) -> None:
    views.add(status("failed", category=stated))
    views.add(send(category=said), table="sends")
    row = views.row("SELECT category, category_basis FROM send_outcomes")
    assert tuple(row.values()) == found


def test_a_later_send_corrects_and_completes(views: Views) -> None:
    views.add(
        send(received_at=minute(2), campaign="right"),
        send(received_at=minute(1), campaign="wrong", template="t", content_hash=2),
        table="sends",
    )
    row = views.row("SELECT campaign, template, message_id FROM unreported")
    assert tuple(row.values()) == ("right", "t", "wamid.A")


def test_a_message_to_a_group_has_a_row_for_each_participant(views: Views) -> None:
    for participant, name in (("1555", "read"), ("1666", "delivered")):
        views.add(in_group(name, participant_id=participant))
    views.add(send(recipient_id="group.1", template="t"), table="sends")
    rows = views.rows("SELECT participant_id, outcome, template FROM send_outcomes ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [
        ("1555", "read", "t"),
        ("1666", "delivered", "t"),
    ]


def test_a_range_of_time_is_of_the_time_of_sending(views: Views) -> None:
    # The provider's clock is behind, and the message was delivered days later.
    views.add(status("sent", minute(-30)), status("delivered", minute(5_000)))
    views.add(send(), send(minute(60), message_id="wamid.B"), table="sends")
    since = "'2026-03-10 12:00:00+00'"
    rows = views.rows(f"FROM send_outcomes({since}, '2026-03-10 13:00:00+00')")
    assert [(row["message_id"], row["outcome"]) for row in rows] == [("wamid.A", "delivered")]
    assert views.rows(f"FROM send_outcomes(until := {since})") == []
    assert [row["message_id"] for row in views.rows(f"FROM unreported({since})")] == ["wamid.B"]


def test_delivery_by_template_and_cost_centre(views: Views) -> None:
    recent = ago(minutes=5)
    for number, name in enumerate(("read", "failed", "sent")):
        views.add(status(name, recent, message_id=f"wamid.{number}"))
    views.add(
        *(send(recent, message_id=f"wamid.{n}", template="t", cost_centre="7") for n in range(4)),
        table="sends",
    )
    rows = views.rows(
        "SELECT template, cost_centre, outcome, count(*) FROM send_outcomes GROUP BY ALL ORDER BY 3"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("t", "7", outcome, 1) for outcome in ("failed", "read", "sent", "unreported")
    ]
