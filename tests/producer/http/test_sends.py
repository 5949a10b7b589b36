"""Each answer of `/sends/{source}`, over real HTTP, and what it publishes."""

from __future__ import annotations

import json
import uuid
from base64 import b64encode

import httpx
import pytest

from producer.normalise.send import MAX_SENDS
from settings.limits import Limits
from tests.support import twilio
from tests.support.broker import Tail, fresh_broker
from tests.support.receiver import (
    CONFIG,
    JSON,
    PASSWORD,
    PUBLIC_URL,
    SECRET,
    TOKEN,
    Receiver,
    receiver,
    signed,
)
from tests.support.waiting import wait_for


@pytest.fixture
def wamid() -> str:
    return f"wamid.{uuid.uuid4().hex}"


def post(edge: Receiver, what: object, source: str = "meta", **headers: str) -> httpx.Response:
    """POSTs this JSON, or these bytes, with the signature of the source `meta`."""
    body = what if isinstance(what, bytes) else json.dumps(what).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return edge.client.post(f"/sends/{source}", content=body, headers=signed(body) | given)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code
    assert len(error["message"]) > 10


def test_sends_are_published_and_bad_ones_become_dead_letters(
    edge: Receiver, tail: Tail, wamid: str
) -> None:
    answer = post(
        edge,
        [{"message_id": wamid, "template": "spring"}, {"template": "spring"}, {"message_id": "2"}],
    )
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "dead_letters": 1})
    found = tail.records()
    assert set(found) == {"whatsapp.sends", "whatsapp.dead-letters"}
    assert {record["message_id"] for record in found["whatsapp.sends"]} == {wamid, "2"}
    assert {record["source"] for record in found["whatsapp.sends"]} == {"meta"}
    (letter,) = found["whatsapp.dead-letters"]
    assert (letter["reason"], letter["payload"]) == ("missing_id", b'{"template":"spring"}')


def test_the_key_is_the_message_id_as_of_its_statuses(
    edge: Receiver, tail: Tail, wamid: str
) -> None:
    assert post(edge, {"message_id": wamid}).status_code == 200
    (message,) = tail.messages()
    assert message.key() == wamid.encode()


def test_the_same_post_again_has_the_same_event(edge: Receiver, tail: Tail, wamid: str) -> None:
    for _ in range(2):
        assert post(edge, {"message_id": wamid, "sent_at": 1_790_000_000}).status_code == 200
    first, second = tail.records()["whatsapp.sends"]
    assert (first["event_id"], first["content_hash"]) == (
        second["event_id"],
        second["content_hash"],
    )


def test_every_source_authenticates_as_for_webhooks(edge: Receiver) -> None:
    body = b'{"message_id":"wamid.A"}'
    basic = {"Authorization": f"Basic {b64encode(f'bluetick:{PASSWORD}'.encode()).decode()}"}
    headers = {
        "meta": signed(body),
        "positus": JSON | {"X-Webhook-Token": TOKEN},
        "legacy": JSON | basic,
        "sns": JSON | basic,
        "azure": JSON | {"X-Webhook-Token": TOKEN},
        "open": JSON,
    }
    query, headers["twilio"] = twilio.post(PUBLIC_URL, body, SECRET, "application/json")
    assert set(headers) == set(CONFIG.sources)
    for source, given in headers.items():
        url = f"/sends/{source}{query if source == 'twilio' else ''}"
        answer = edge.client.post(url, content=body, headers=given)
        assert (answer.status_code, answer.json()["accepted"]) == (200, 1), source
        if source != "open":
            refused(edge.client.post(url, content=body, headers=JSON), 401, "not_authentic")


def test_a_wrong_signature_and_an_unknown_source(edge: Receiver) -> None:
    wrong = "sha256=" + "0" * 64
    refused(post(edge, [], X_Hub_Signature_256=wrong), 401, "not_authentic")
    refused(post(edge, [], source="nobody"), 401, "not_authentic")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b'{"message_id":"\xff"}', 400, "malformed_json"),
        (b"[" * 2000 + b"]" * 2000, 400, "malformed_json"),
        (b'"wamid.A"', 400, "not_sends"),
        (b"[" + b"1," * MAX_SENDS + b"1]", 413, "too_many_sends"),
        (b"1" * (4 * 1024 * 1024 + 1), 413, "body_too_large"),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else str(value),
)
def test_a_body_that_cannot_be_read_is_refused(
    edge: Receiver, tail: Tail, body: bytes, status: int, code: str
) -> None:
    refused(post(edge, body), status, code)
    assert tail.messages() == []


def test_only_json_is_taken(edge: Receiver) -> None:
    refused(post(edge, [], Content_Type="text/csv"), 415, "unsupported_media_type")
    # Also from those whose webhooks are forms.
    form = "application/x-www-form-urlencoded"
    query, headers = twilio.post(PUBLIC_URL, b"[]", SECRET, "application/json")
    answer = edge.client.post(
        f"/sends/twilio{query}", content=b"[]", headers=headers | {"Content-Type": form}
    )
    refused(answer, 415, "unsupported_media_type")


def test_other_methods_are_refused(edge: Receiver) -> None:
    refused(edge.client.get("/sends/meta"), 405, "method_not_allowed")
    refused(edge.client.options("/sends/meta"), 405, "method_not_allowed")


def test_an_empty_list_says_nothing(edge: Receiver, tail: Tail) -> None:
    assert post(edge, []).json() == {"accepted": 0, "dead_letters": 0}
    assert tail.messages() == []


def test_without_a_broker_it_is_asked_to_come_again() -> None:
    limits = Limits(delivery_seconds=60.0, probe_seconds=0.1, probe_timeout_seconds=0.5)
    with fresh_broker() as broker, receiver(broker.bootstrap, limits=limits) as edge:
        assert post(edge, {"message_id": "wamid.A"}).status_code == 200
        broker.stop()
        wait_for(lambda: not edge.ready())
        answer = post(edge, {"message_id": "wamid.A"})
        refused(answer, 503, "broker_unavailable")
        assert int(answer.headers["retry-after"]) > 0
