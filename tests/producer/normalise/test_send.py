"""What the sender says about a message becomes columns; the rest is kept beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producer.json_text import Malformed, TooDeep
from producer.normalise.event import Event
from producer.normalise.send import MAX_SENDS, NotSends, TooManySends, sends
from schemas.topics import DEAD_LETTERS, SENDS

RECEIVED = 1_790_000_000_000_000
SENT = 1_789_999_000_000_000
ID = {"message_id": "wamid.A"}


def read(*elements: Any, received_at: int = RECEIVED, number: str | None = None) -> list[Event]:
    body = json.dumps(list(elements)).encode()
    return sends(body, source="crm", business_number=number, received_at=received_at)


def record(element: Any, **given: Any) -> dict[str, Any]:
    (event,) = read(element, **given)
    assert event.topic is SENDS
    return event.record


def test_each_field_has_its_column() -> None:
    (event,) = read(
        {
            "message_id": " wamid.A ",
            "template": "spring_sale",
            "language": "en_US",
            "template_id": 7,
            "campaign": "spring",
            "category": "MARKETING-LITE",
            "cost_centre": 4711,
            "recipient_id": "+49 170 1234",
            "sent_at": SENT // 1_000_000,
            "phone_number_id": "106",
            "display_phone_number": "+1 555 0001111",
            "order": {"id": 1},
        }
    )
    assert event.topic is SENDS
    assert event.key == b"wamid.A"
    shown = {name: value for name, value in event.record.items() if name not in IDS}
    assert shown == {
        "source": "crm",
        "dialect": "sender",
        "occurred_at": SENT,
        "received_at": RECEIVED,
        "phone_number_id": "106",
        "display_phone_number": "15550001111",
        "message_id": "wamid.A",
        "recipient_id": "491701234",
        "template": "spring_sale",
        "language": "en_US",
        "template_id": "7",
        "campaign": "spring",
        "category": "marketing_lite",
        "cost_centre": "4711",
        "extra": '{"order":{"id":1}}',
    }


IDS = ("event_id", "content_hash")


@pytest.mark.parametrize(
    "sent_at",
    [
        SENT // 1_000_000,
        str(SENT // 1_000_000),
        SENT // 1000,
        "2026-09-21T13:56:40Z",
        "2026-09-21 13:56:40",
        "2026-09-21T15:56:40+02:00",
    ],
)
def test_the_time_may_be_written_in_several_ways(sent_at: object) -> None:
    assert record(ID | {"sent_at": sent_at})["occurred_at"] == SENT


def test_without_a_time_it_is_the_time_of_receipt() -> None:
    assert record(ID)["occurred_at"] == RECEIVED
    assert record(ID | {"sent_at": ""})["occurred_at"] == RECEIVED


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ("whatsapp:+15551234567", "15551234567"),
        ("US.1349", "US.1349"),
        ("120363041234567890@g.us", "120363041234567890@g.us"),
        ("15551234567@s.whatsapp.net", "15551234567"),
    ],
)
def test_recipients_are_written_as_statuses_write_them(given: str, column: str) -> None:
    assert record(ID | {"recipient_id": given})["recipient_id"] == column


def test_the_number_of_the_source_fills_in() -> None:
    assert record(ID, number="+1 555 0001111")["display_phone_number"] == "15550001111"


def test_the_same_said_in_another_way_is_the_same_event() -> None:
    one = ID | {"template": "t", "sent_at": SENT // 1_000_000}
    other = {"sent_at": "2026-09-21T13:56:40Z", "template": "t", **ID, "campaign": ""}
    first, again = (
        record(one),
        record(other, received_at=RECEIVED + 1, number="15550001111"),
    )
    assert [first[name] for name in IDS] == [again[name] for name in IDS]


def test_a_correction_has_the_same_id_and_another_hash() -> None:
    first, later = record(ID | {"campaign": "a"}), record(ID | {"campaign": "b"})
    assert first["event_id"] == later["event_id"]
    assert first["content_hash"] != later["content_hash"]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (1, "not_an_object"),
        ({"template": "t"}, "missing_id"),
        (ID | {"sent_at": "yesterday"}, "unreadable_timestamp"),
        (ID | {"sent_at": 12}, "unreadable_timestamp"),
    ],
)
def test_a_bad_element_is_a_dead_letter_alone(element: object, reason: str) -> None:
    good, bad, other = read(ID, element, {"message_id": "wamid.B"})
    assert (good.topic, other.topic) == (SENDS, SENDS)
    assert bad.topic is DEAD_LETTERS
    assert (bad.record["reason"], bad.record["dialect"]) == (reason, "sender")
    assert json.loads(bad.record["payload"]) == element


def test_many_bad_elements_are_one_dead_letter() -> None:
    good, bad = sorted(read(*range(200), ID), key=lambda event: event.topic is DEAD_LETTERS)
    assert good.topic is SENDS
    assert json.loads(bad.record["payload"]) == list(range(200))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", Malformed),
        (b"[" * 2000 + b"]" * 2000, TooDeep),
        (b'"text"', NotSends),
        (b"[" + b"{}," * MAX_SENDS + b"{}]", TooManySends),
    ],
)
def test_other_bodies_are_refused(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        sends(body, source="crm", business_number=None, received_at=RECEIVED)


def test_one_object_needs_no_list() -> None:
    body = json.dumps(ID).encode()
    (event,) = sends(body, source="crm", business_number=None, received_at=RECEIVED)
    assert event.record["message_id"] == "wamid.A"
