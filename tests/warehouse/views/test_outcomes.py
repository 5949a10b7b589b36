"""The outcome of a message, for any order of its statuses."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from tests.support.views import Row, Views, ago, minute, status

SENT = status("sent", minute(0))
DELIVERED = status("delivered", minute(1))
READ = status("read", minute(2))
PLAYED = status("played", minute(3))
FAILED = status("failed", minute(1), error_code=131026)


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([SENT], "no_outcome"),
        ([SENT, DELIVERED], "delivered"),
        ([SENT, READ], "read"),
        ([PLAYED], "read"),
        ([SENT, FAILED], "failed"),
        ([FAILED, status("delivered", minute(2))], "delivered"),
        ([DELIVERED, status("failed", minute(5))], "delivered"),
        ([READ, status("sent", minute(9))], "read"),
    ],
)
def test_the_best_status_counts(views: Views, rows: list[Row], outcome: str) -> None:
    assert views.outcome(*rows)["outcome"] == outcome


def test_every_status_has_its_earliest_time(views: Views) -> None:
    late_delivery = status("delivered", minute(20))
    rows = [SENT, DELIVERED, late_delivery, READ, PLAYED, status("failed", minute(0.5))]
    found = views.outcome(*rows)
    assert found["first_at"] == found["sent_at"] == minute(0)
    assert found["failed_at"] == minute(0.5)
    assert found["delivered_at"] == minute(1)
    assert found["read_at"] == minute(2)
    assert found["last_at"] == minute(20)


def test_a_read_message_counts_as_delivered_without_that_status(views: Views) -> None:
    found = views.outcome(SENT, READ)
    assert found["delivered_at"] == found["read_at"] == minute(2)


def test_the_order_of_arrival_changes_nothing(views: Views) -> None:
    rows = [SENT, DELIVERED, READ, FAILED]
    orders = [
        [{**row, "message_id": f"wamid.{number}"} for row in order]
        for number, order in enumerate(itertools.permutations(rows))
    ]
    views.add(*(row for order in orders for row in order[:3:2]))
    views.add(*(row for order in orders for row in order[1::2]))
    found = views.rows("SELECT DISTINCT outcome, sent_at, delivered_at, read_at FROM outcomes")
    assert found == [
        {
            "outcome": "read",
            "sent_at": minute(0),
            "delivered_at": minute(1),
            "read_at": minute(2),
        }
    ]


def test_repeated_and_contradicting_statuses_make_one_row(views: Views) -> None:
    contradiction = {**FAILED, "content_hash": 2, "error_code": 131049}
    later = contradiction["received_at"] + timedelta(minutes=1)
    found = views.outcome(SENT, SENT, FAILED, {**contradiction, "received_at": later})
    assert found["outcome"] == "failed"
    assert found["error_code"] == 131049  # what the provider said last


def test_contradictions_of_the_same_time_always_give_the_same_row(views: Views) -> None:
    one, other = FAILED, {**FAILED, "content_hash": 2, "error_code": 131049}
    views.add(one, other)
    views.add({**other, "message_id": "wamid.B"}, {**one, "message_id": "wamid.B"})
    assert views.rows("SELECT count(DISTINCT error_code) AS codes FROM outcomes") == [{"codes": 1}]


QUEUE = ["accepted", "canceled", "enqueued", "queued", "scheduled", "sending", "submitted"]


@pytest.mark.parametrize("name", QUEUE)
def test_a_status_of_the_providers_own_queue_makes_no_message_yet(views: Views, name: str) -> None:
    views.add(status(name, ago(days=40), message_id="wamid.never-sent"))
    assert views.outcome(status(name, minute(-1)), SENT)["first_at"] == minute(0)


@pytest.mark.parametrize("name", ["warning", "held_for_quality"])
def test_an_unknown_status_is_an_open_message(views: Views, name: str) -> None:
    found = views.outcome(status(name, ago(days=1)))
    assert found["outcome"] == "sent"
    assert found["sent_at"] is None


def test_an_unknown_status_without_a_number_is_not_a_message_yet(views: Views) -> None:
    queued = status("enqueued", minute(-1), display_phone_number=None, phone_number_id=None)
    assert views.outcome(queued, SENT)["first_at"] == minute(0)


def test_messages_of_a_source_without_number_differ_by_id(views: Views) -> None:
    for message_id in ("gBEG1", "gBEG2"):
        views.add({**SENT, "display_phone_number": None, "message_id": message_id})
    assert len(views.rows("FROM outcomes")) == 2


@pytest.mark.parametrize(
    "other",
    [
        status("deleted"),
        status("captured", kind="payment"),
        status("failed", kind="payment"),
        status("ringing", kind="call"),
        status("read", channel="history"),
    ],
    ids=lambda row: f"{row['kind']} {row['status']} {row['channel']}",
)
def test_payments_and_calls_are_not_outgoing_messages(views: Views, other: Row) -> None:
    views.add(other)
    assert views.rows("FROM outcomes") == []


def test_history_does_not_change_live_traffic(views: Views) -> None:
    assert views.outcome(DELIVERED, {**READ, "channel": "history"})["outcome"] == "delivered"


def test_what_the_sender_attached_is_kept(views: Views) -> None:
    assert views.outcome({**SENT, "callback_data": "campaign 7"}, DELIVERED)["callback_data"] == (
        "campaign 7"
    )
