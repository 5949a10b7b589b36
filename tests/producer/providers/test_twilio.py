"""Twilio's parameters: nothing is lost, and the way back is exact."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producer.normalise import Event, normalise
from producer.providers import recognised, twilio
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, MESSAGES, STATUSES
from tests.support.fixtures import RECEIVED_AT
from tests.support.jsons import values

Json = dict[str, Any]

SID = "SM0123"
ADDRESSES = {"From": "whatsapp:+15557770001", "To": "whatsapp:+15550001234"}
STATUS: Json = {"MessageSid": SID, "MessageStatus": "sent", **ADDRESSES}
INBOUND: Json = {"MessageSid": SID, "SmsStatus": "received", **ADDRESSES}
# Every parameter with a place in the canonical shape, and some without one.
PARAMETERS = sorted(
    {
        *(twilio.STATUS, twilio.OLD_STATUS, twilio.TYPE, twilio.NAME, twilio.WA_ID),
        *twilio.COPIES,
        *twilio.STATUS_ADDRESSES,
        *twilio.ERROR,
        *twilio.MESSAGE_ADDRESSES,
        *twilio.MESSAGE,
        *twilio.FLAGS,
        *(name for places in twilio.CONTENT.values() for name in places),
        *("AccountSid", "NumMedia", "MediaUrl1", "EventType", "Tomorrow", "id", "id_", "type"),
        *("text", "context", "referral", "recipient_id", "status", "pricing", "metadata"),
    }
)
TEXTS = st.sampled_from(
    [
        *("", " ", "true", "received", "Undelivered", "sent", "text", "image", "BUTTON", "order"),
        *("whatsapp:+15550001234", "whatsapp:US.1349", "WhatsApp: +1", "whatsapp:", "+1555", SID),
        *("63016", "0", "audio/ogg", "text/vcard", "application/pdf", "1785000000", "soon"),
    ]
) | st.text(max_size=8)
TYPES = (*twilio.CONTENT, "order", "unknown")
# These decide what the others mean.
STATES = (twilio.STATUS, twilio.OLD_STATUS, twilio.TYPE)
FORMS = st.dictionaries(st.sampled_from(PARAMETERS), TEXTS, max_size=12)


def read(body: bytes, number: str | None = None) -> list[Event]:
    return normalise(
        body, source="s", dialect="auto", business_number=number, received_at=RECEIVED_AT
    )


def one(parameters: Json) -> Json:
    """The record of a form, and the same of the object as JSON."""
    (event,) = read(urlencode(parameters).encode())
    assert [event] == read(json.dumps(parameters).encode())
    return event.record


@example({"recipient_id": "", "To": ""})
@example({"MessageStatus": None, "context": {"id": "a", "x": 1}, "OriginalRepliedMessageSid": ""})
@given(FORMS | st.dictionaries(st.sampled_from(PARAMETERS), TEXTS | values, max_size=12))
def test_the_way_there_and_back_is_exact(more: Json) -> None:
    body = STATUS | more
    if not twilio.recognises(body, True) or twilio.other_product(body):
        return
    canonical = twilio.to_canonical(body)
    back = twilio.from_canonical(canonical)
    assert twilio.recognises(back, True)
    assert twilio.other_product(back) is None
    assert twilio.to_canonical(back) == canonical


@given(FORMS, st.sampled_from((STATUS, INBOUND)), st.sampled_from((None, "15557770001")))
def test_any_form_becomes_one_event_each_time_the_same(
    more: Json, base: Json, number: str | None
) -> None:
    body = urlencode(base | more).encode()
    (event,) = read(body, number)
    assert [event] == read(body, number)
    # An echo of the business itself is an account event.
    assert event.topic in (STATUSES, MESSAGES, ACCOUNT_EVENTS, DEAD_LETTERS)
    assert event.record.get("reason") not in ("unexpected", "malformed_json")


@given(
    st.sets(st.sampled_from(PARAMETERS)), st.sampled_from((STATUS, INBOUND)), st.sampled_from(TYPES)
)
def test_no_value_is_lost(names: set[str], base: Json, kind: str) -> None:
    marked = {name: f"<{name}>" for name in names - {"status", "type", *twilio.COPIES}}
    marked = {name: text for name, text in marked.items() if name not in STATES}
    (event,) = read(urlencode({"MessageType": kind} | marked | base).encode())
    said = " ".join(str(item) for item in event.record.values())
    for name in marked.keys() - base.keys():
        assert marked[name] in said


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ("queued", "queued"),
        ("accepted", "accepted"),
        ("sending", "sending"),
        ("scheduled", "scheduled"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("Read", "read"),
        ("failed", "failed"),
        ("undelivered", "failed"),
        ("canceled", "canceled"),
    ],
)
def test_each_status(stated: str, status: str) -> None:
    record = one(STATUS | {"MessageStatus": stated, "SmsStatus": stated})
    assert record["status"] == status
    assert record["occurred_at"] == RECEIVED_AT
    extra = json.loads(record["extra"] or "{}")
    assert extra == ({"MessageStatus": stated} if stated == "undelivered" else {})


def test_failed_and_undelivered_are_two_statements_about_one_fact() -> None:
    failed = one(STATUS | {"MessageStatus": "failed"})
    undelivered = one(STATUS | {"MessageStatus": "undelivered"})
    assert failed["event_id"] == undelivered["event_id"]
    assert failed["content_hash"] != undelivered["content_hash"]


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("image/jpeg", "image"),
        ("video/mp4", "video"),
        ("audio/ogg; codecs=opus", "audio"),
        ("application/pdf", "document"),
        ("text/vcard", "contacts"),
    ],
)
def test_media_without_a_type(media: str, kind: str) -> None:
    record = one(INBOUND | {"MediaContentType0": media, "MediaUrl0": "https://x/1", "Body": "b"})
    assert record["type"] == kind
    assert json.loads(record["content"]) == {
        "mime_type": media,
        "url": "https://x/1",
        "caption": "b",
    }


def test_further_media_stay_beside_the_first() -> None:
    media = {
        "MediaContentType0": "image/png",
        "MediaUrl0": "https://x/0",
        "MediaUrl1": "https://x/1",
    }
    assert json.loads(one(INBOUND | media)["extra"]) == {"MediaUrl1": "https://x/1"}


@pytest.mark.parametrize(
    ("address", "phone", "user_id"),
    [
        ("whatsapp:+15550001234", "15550001234", None),
        ("whatsapp: 15550001234", "15550001234", None),  # a plus that was not encoded
        ("WhatsApp:+15550001234", "15550001234", None),
        ("whatsapp:US.13491208655302741918", None, "US.13491208655302741918"),
    ],
)
def test_addresses(address: str, phone: str | None, user_id: str | None) -> None:
    record = one(STATUS | {"To": address})
    assert (record["recipient_id"], record["recipient_user_id"]) == (phone, user_id)
    assert record["display_phone_number"] == "15557770001"


def test_a_sender_that_is_not_a_number_is_kept() -> None:
    record = one(STATUS | {"From": "whatsapp:US.1"})
    assert record["display_phone_number"] is None
    assert json.loads(record["extra"]) == {"From": "whatsapp:US.1"}


@pytest.mark.parametrize(
    "body",
    [
        {"MessageSid": SID, "MessageStatus": "sent", "From": "+15557770001", "To": "+15550001234"},
        {"MessageSid": SID, "Body": "x", "From": "messenger:1", "To": "messenger:2"},
        {"CallSid": "CA1", "CallStatus": "ringing", **ADDRESSES},
    ],
)
def test_other_products_are_dead_letters_with_a_reason(body: Json) -> None:
    record = one(body)
    assert record["reason"] == "not_understood"
    assert record["detail"].removeprefix("this JSON has no known shape: ") in (
        "neither address is one of WhatsApp",
        "calls are not read",
    )
    assert "1555" not in record["detail"]
    assert [event.record for event in read(record["payload"])] == [record]


def test_a_form_of_something_else_keeps_its_bytes() -> None:
    (event,) = read(b"token=1&text=hello")
    assert (event.record["reason"], event.record["payload"]) == (
        "malformed_json",
        b"token=1&text=hello",
    )


def test_lists_of_another_shape_are_read_as_that() -> None:
    assert recognised(STATUS | {"statuses": []}, "auto") == "onprem"
    assert recognised(STATUS, "auto") == "twilio"
