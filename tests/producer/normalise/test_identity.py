"""The same fact has the same id in every payload; another fact has another id."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID, uuid5

import pytest

from producer.json_text import dump
from producer.normalise import Event, normalise, raw_event
from producer.normalise.identity import NAMESPACE, content_hash, event_id
from tests.support.fixtures import RECEIVED_AT

Json = dict[str, Any]

METADATA = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}
STATUS = {
    "id": "wamid.1",
    "status": "delivered",
    "timestamp": "1785000000",
    "recipient_id": "16505551234",
}
MESSAGE = {
    "id": "wamid.2",
    "from": "16505551234",
    "timestamp": "1785000000",
    "type": "text",
    "text": {"body": "Hi"},
}


def events_of(
    body: Any,
    *,
    source: str = "meta",
    dialect: str = "cloud",
    business_number: str | None = None,
    received_at: int = RECEIVED_AT,
) -> list[Event]:
    return normalise(
        json.dumps(body).encode(),
        source=source,
        dialect=dialect,
        business_number=business_number,
        received_at=received_at,
    )


def envelope(value: Json, field: str = "messages", metadata: Json = METADATA, **entry: Any) -> Json:
    change = {"field": field, "value": {"metadata": metadata, **value}}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", **entry, "changes": [change]}],
    }


def only(events: list[Event]) -> Event:
    assert len(events) == 1
    return events[0]


def identity(body: Any, **arguments: Any) -> tuple[str, int]:
    record = only(events_of(body, **arguments)).record
    return record["event_id"], record["content_hash"]


def status_identity(metadata: Json = METADATA, **changes: Any) -> tuple[str, int]:
    return identity(envelope({"statuses": [STATUS | changes]}, metadata=metadata))


def test_ids_are_version_5_uuids_of_their_parts() -> None:
    parts = ["status", "é", None, 7]
    assert UUID(event_id(*parts)) == uuid5(NAMESPACE, dump(parts).decode())


@pytest.mark.parametrize("content", [b"", b"a", b"b", b"{}"])
def test_a_hash_is_the_low_53_bits_of_the_one_that_0_2_0_made(content: bytes) -> None:
    made = hashlib.blake2b(content, digest_size=8).digest()
    before = int.from_bytes(made, "big", signed=True)
    assert content_hash(content) == before & (2**53 - 1)
    assert not 0 <= before < 2**53


@pytest.mark.parametrize(("name", "element"), [("statuses", STATUS), ("messages", MESSAGE)])
def test_copies_are_the_same_fact(name: str, element: Json) -> None:
    live = identity(envelope({name: [element]}))
    assert identity(envelope({"standby": {name: [element]}}, "standby")) == live
    assert (
        identity(envelope({name: [element]}), source="other", received_at=RECEIVED_AT + 1) == live
    )
    assert identity(envelope({name: [dict(reversed(element.items()))]})) == live


def test_a_copy_without_number_at_a_source_with_number_is_the_same_fact() -> None:
    only_display = {"display_phone_number": "+1 555-078-3881"}
    sent = identity(envelope({"statuses": [STATUS]}, metadata=only_display))
    flat = identity({"statuses": [STATUS]}, dialect="onprem", business_number="15550783881")
    assert flat == sent


def test_neither_order_nor_batch_matters() -> None:
    statuses = [STATUS | {"id": f"wamid.{index}"} for index in range(5)]
    together = {event.record["event_id"] for event in events_of(envelope({"statuses": statuses}))}
    turned = events_of(envelope({"statuses": statuses[::-1]}))
    alone = [only(events_of(envelope({"statuses": [status]}))) for status in statuses]
    assert {event.record["event_id"] for event in turned} == together
    assert {event.record["event_id"] for event in alone} == together
    assert len(together) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "1785000001"},
        {"recipient_id": None, "recipient_user_id": "US.1349"},
        {"pricing": {"billable": False}},
        {"status": "DELIVERED"},
    ],
)
def test_a_status_with_other_content_has_the_same_id_and_another_hash(changes: Json) -> None:
    first, again = status_identity(), status_identity(**changes)
    assert again[0] == first[0]
    assert again[1] != first[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "wamid.9"},
        {"status": "read"},
        {"type": "payment"},
        {"type": "call"},
        {"recipient_participant_id": "16505550000"},
    ],
)
def test_other_statuses_have_other_ids(changes: Json) -> None:
    assert status_identity(**changes)[0] != status_identity()[0]


def test_other_business_numbers_have_other_facts() -> None:
    assert status_identity({"phone_number_id": "7"})[0] != status_identity()[0]


def test_participants_of_a_group_differ_by_user_id_or_else_by_phone() -> None:
    group = {"recipient_type": "group", "recipient_id": "group-1"}
    by_phone = status_identity(**group, recipient_participant_id="111")
    other_phone = status_identity(**group, recipient_participant_id="222")
    by_user = status_identity(
        **group, recipient_participant_id="111", recipient_participant_user_id="US.1"
    )
    moved = status_identity(
        **group, participant_recipient_id="222", recipient_participant_user_id="US.1"
    )
    assert len({by_phone[0], other_phone[0], by_user[0]}) == 3
    assert moved[0] == by_user[0]


def test_transactions_of_a_payment_are_different_facts() -> None:
    def of(transaction: str, updated: Any) -> str:
        payment = {"transaction": {"id": transaction, "updated_timestamp": updated}}
        return status_identity(type="payment", payment=payment)[0]

    assert len({of("t1", 1785000000), of("t2", 1785000000), of("t1", 1785000009)}) == 3
    assert of("t1", "1785000000") == of("t1", 1785000000)


def test_a_past_status_is_not_the_live_one() -> None:
    past = MESSAGE | {"id": "wamid.1", "history_context": {"status": "DELIVERED"}, "to": "1650"}
    chunk = {"threads": [{"id": "16505551234", "messages": [past]}]}
    *_, found = events_of(envelope({"history": [chunk]}, "history"))
    assert found.record["status"] == "delivered"
    assert found.record["event_id"] != status_identity()[0]


def test_the_id_of_an_account_event_depends_on_content_account_and_time() -> None:
    def of(value: Json, **entry: Any) -> str:
        return identity(envelope(value, "account_update", {}, **entry))[0]

    first = of({"event": "ACCOUNT_DELETED"}, time=1785000000)
    assert of({"event": "ACCOUNT_DELETED"}, time=1785000000) == first
    others = {
        of({"event": "ACCOUNT_DELETED"}, time=1785000001),
        of({"event": "ACCOUNT_DELETED"}, time=1785000000, id="2"),
        of({"event": "ACCOUNT_RECONNECTED"}, time=1785000000),
    }
    assert len(others | {first}) == 4


def test_the_same_error_beside_another_message_is_another_error() -> None:
    error = {"code": 131000, "title": "Something went wrong"}

    def of(message_id: str) -> str:
        body = envelope({"messages": [MESSAGE | {"id": message_id}], "errors": [error]})
        return str(events_of(body)[1].record["event_id"])

    assert of("wamid.a") == of("wamid.a") != of("wamid.b")


def test_dead_letters_of_one_content_and_source_are_one() -> None:
    first = identity(envelope({"statuses": [{"no": "id"}]}))
    assert identity(envelope({"statuses": [{"no": "id"}]}), received_at=RECEIVED_AT + 5) == first
    assert identity(envelope({"statuses": [{"no": "ID"}]}))[0] != first[0]
    assert identity(envelope({"statuses": [{"no": "id"}]}), source="other")[0] != first[0]


def test_a_raw_body_is_kept_byte_for_byte_with_its_own_id() -> None:
    def of(body: bytes, source: str = "meta", received_at: int = RECEIVED_AT) -> Event:
        return raw_event(body, source=source, content_type="text/plain", received_at=received_at)

    event = of(b"\xff{")
    assert event.key is None
    assert event.record == {
        "event_id": of(b"\xff{", received_at=1).record["event_id"],
        "source": "meta",
        "received_at": RECEIVED_AT,
        "content_type": "text/plain",
        "body": b"\xff{",
    }
    assert event.record["event_id"] != of(b"\xff{", "other").record["event_id"]
    assert event.record["event_id"] != of(b"\xff").record["event_id"]
