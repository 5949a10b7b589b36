"""A field of the wrong type loses only its own column; the value is kept in `extra`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producer.normalise import normalise
from schemas.codec import Encoder
from schemas.registry import DerivedRegistry
from schemas.topics import MESSAGES, STATUSES, Topic
from tests.support.fixtures import RECEIVED_AT

Json = dict[str, Any]

REGISTRY = DerivedRegistry()
ENCODERS = {topic: Encoder(topic, REGISTRY) for topic in (STATUSES, MESSAGES)}
STATUS = {"id": "wamid.1", "status": "sent", "timestamp": "1785000000"}
MESSAGE = {"id": "wamid.2", "timestamp": "1785000000"}
ODD: tuple[Any, ...] = (["odd"], {"odd": ["odd"]}, [{"odd": "odd"}], [[["odd"]]])

STATUS_PATHS = """
    recipient_id recipient_user_id recipient_type recipient_participant_id message
    recipient_participant_user_id participant_recipient_id group_id type
    biz_opaque_callback_data conversation conversation.id conversation.origin
    conversation.origin.type conversation.expiration_timestamp conversation.pricing pricing
    pricing.pricing_model pricing.type pricing.subtype pricing.category pricing.billable errors
    template_id message.recipient_id payment payment.transaction payment.transaction.id
    payment.transaction.updated_timestamp
""".split()  # noqa: SIM905 (a list of strings takes a line each)
MESSAGE_PATHS = """
    from from_user_id from_bsuid group_id type context context.id context.from referral identity
    referral.source_type referral.source_id referral.ctwa_clid referral.video errors wa_ext text
    referral.video.ctwa_clid reaction edit revoke history_context contacts system
""".split()  # noqa: SIM905 (a list of strings takes a line each)
ERROR_PATHS = """
    code title message details href error_data error_data.details
""".split()  # noqa: SIM905 (a list of strings takes a line each)


def set_at(path: str, value: Any) -> Json:
    """{"a": {"b": value}} for "a.b"."""
    for key in reversed(path.split(".")):
        value = {key: value}
    found: Json = value
    return found


def only_record(name: str, element: Json, topic: Topic) -> Json:
    (event,) = normalise(
        json.dumps({name: [element]}).encode(),
        source="s",
        dialect="auto",
        business_number=None,
        received_at=RECEIVED_AT,
    )
    assert event.topic is topic, event.record
    assert ENCODERS[topic](event.record)
    return event.record


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("path", STATUS_PATHS)
def test_statuses(path: str, odd: Any) -> None:
    record = only_record("statuses", {**STATUS, **set_at(path, odd)}, STATUSES)
    assert "odd" in record["extra"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("path", MESSAGE_PATHS)
def test_messages(path: str, odd: Any) -> None:
    record = only_record("messages", {**MESSAGE, **set_at(path, odd)}, MESSAGES)
    assert "odd" in f"{record['extra']}{record['content']}"


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("path", ERROR_PATHS)
def test_errors_of_statuses(path: str, odd: Any) -> None:
    element = {**STATUS, "errors": [{"title": "Failed", **set_at(path, odd)}]}
    record = only_record("statuses", element, STATUSES)
    assert "odd" in record["extra"]
    assert record["error_title"] == (None if path == "title" else "Failed")


@pytest.mark.parametrize("kind", ["reaction", "edit", "revoke"])
@pytest.mark.parametrize("content", ["odd", 7, ["odd"], None, {"message_id": ["odd"]}])
def test_targets(kind: str, content: Any) -> None:
    record = only_record("messages", {**MESSAGE, "type": kind, kind: content}, MESSAGES)
    assert record["target_message_id"] is None


@pytest.mark.parametrize("code", [2**53, -(2**53), 2**63, 10**30, "9" * 30, 1.5, "E7", True])
def test_error_codes_that_not_every_client_can_read(code: Any) -> None:
    record = only_record("statuses", {**STATUS, "errors": [{"code": code}]}, STATUSES)
    assert record["error_code"] is None
    assert json.loads(record["extra"]) == {"errors": [{"code": code}]}


@pytest.mark.parametrize("nothing", [None, "", [], {}])
@pytest.mark.parametrize("path", STATUS_PATHS)
def test_empty_values_are_not_kept(path: str, nothing: Any) -> None:
    record = only_record("statuses", {**STATUS, **set_at(path, nothing)}, STATUSES)
    assert record["recipient_id"] is None
    assert record["error_code"] is None
