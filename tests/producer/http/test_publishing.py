"""The records on the broker for each POST."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from producer.normalise import normalise
from tests.support.broker import Tail
from tests.support.payloads import cloud, flat, status
from tests.support.receiver import JSON, TOKEN, Receiver

ALL = {
    "whatsapp.statuses",
    "whatsapp.messages",
    "whatsapp.errors",
    "whatsapp.account-events",
    "whatsapp.raw",
    "whatsapp.dead-letters",
}


@pytest.fixture
def wamid() -> str:
    return f"wamid.{uuid.uuid4().hex}"


def test_one_body_reaches_all_topics_of_webhooks(edge: Receiver, tail: Tail, wamid: str) -> None:
    value = {
        "metadata": {"display_phone_number": "15550002222", "phone_number_id": "1"},
        "statuses": [status(wamid), {"status": "sent", "timestamp": "1730000000"}],
        "messages": [
            {
                "id": wamid + "in",
                "from": "15551234567",
                "timestamp": "1730000001",
                "type": "text",
                "text": {"body": "hi"},
            }
        ],
        "errors": [{"code": 130429, "title": "Rate limit hit"}],
    }
    account = {"field": "account_alerts", "value": {"alert_type": "OBA_APPROVED"}}
    changes = [{"field": "messages", "value": value}, account]
    body = orjson.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "7", "changes": changes}]}
    )
    assert edge.post(body).status_code == 200
    found = tail.records()
    assert set(found) == ALL
    assert {topic: len(records) for topic, records in found.items()} == dict.fromkeys(ALL, 1)
    assert found["whatsapp.raw"][0]["body"] == body
    assert found["whatsapp.statuses"][0]["message_id"] == wamid
    assert found["whatsapp.dead-letters"][0]["reason"] == "missing_id"
    assert {records[0]["source"] for records in found.values()} == {"meta"}


def test_a_flat_body_gets_its_number_from_the_configuration(
    edge: Receiver, tail: Tail, wamid: str
) -> None:
    body = flat(status(wamid, "read"))
    headers = JSON | {"X-Webhook-Token": TOKEN}
    assert edge.client.post("/webhooks/positus", content=body, headers=headers).status_code == 200
    row = tail.records()["whatsapp.statuses"][0]
    assert (row["message_id"], row["status"], row["source"]) == (wamid, "read", "positus")
    assert (row["dialect"], row["display_phone_number"]) == ("onprem", "15550001111")


def test_records_are_keyed_by_message(edge: Receiver, tail: Tail, wamid: str) -> None:
    for state in ("sent", "delivered", "read"):
        assert edge.post(cloud(status(wamid, state))).status_code == 200
    messages = [message for message in tail.messages() if message.topic() == "whatsapp.statuses"]
    assert [message.key() for message in messages] == [wamid.encode()] * 3
    assert len({message.partition() for message in messages}) == 1


def test_the_receiver_sets_the_time_of_receipt(edge: Receiver, tail: Tail, wamid: str) -> None:
    before = time.time()
    assert edge.post(cloud(status(wamid))).status_code == 200
    after = time.time()
    for records in tail.records().values():
        assert before - 0.001 <= records[0]["received_at"].timestamp() <= after


def test_the_events_of_the_normaliser_are_published_unchanged(
    edge: Receiver, tail: Tail, wamid: str
) -> None:
    body = cloud(*(status(f"{wamid}{number}") for number in range(1000)))
    assert edge.post(body).status_code == 200
    events = normalise(body, source="meta", dialect="cloud", business_number=None, received_at=0)
    found = tail.records()["whatsapp.statuses"]
    assert len(found) == 1000
    assert {str(row["event_id"]) for row in found} == {event.record["event_id"] for event in events}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a":1}x', b"NaN"])
def test_authentic_bytes_that_are_not_json_are_kept(
    edge: Receiver, tail: Tail, body: bytes
) -> None:
    before = edge.metric('bluetick_dead_letters_published_total{reason="malformed_json"}')
    assert edge.post(body).status_code == 200
    found = tail.records()
    assert set(found) == {"whatsapp.raw", "whatsapp.dead-letters"}
    assert found["whatsapp.raw"][0]["body"] == body
    assert found["whatsapp.dead-letters"][0]["reason"] == "malformed_json"
    assert found["whatsapp.dead-letters"][0]["payload"] == body
    after = edge.metric('bluetick_dead_letters_published_total{reason="malformed_json"}')
    assert after == before + 1


@pytest.mark.parametrize("source", ["meta", "open"])
def test_json_of_no_known_shape_is_kept(edge: Receiver, tail: Tail, source: str) -> None:
    body = b'{"neither": "nor"}'
    assert edge.post(body, source=source).status_code == 200
    found = tail.records()
    assert found["whatsapp.dead-letters"][0]["reason"] == "not_understood"
    assert found["whatsapp.raw"][0]["body"] == body


def test_what_is_refused_is_not_published(edge: Receiver, tail: Tail, wamid: str) -> None:
    body = cloud(status(wamid))
    assert edge.post(body, X_Hub_Signature_256="sha256=" + "0" * 64).status_code == 401
    assert edge.post(body, Content_Type="text/plain").status_code == 415
    assert edge.post(b"{", source="open").status_code == 400
    assert tail.records() == {}


def test_the_largest_allowed_body_is_published(edge: Receiver, tail: Tail) -> None:
    body = b"[" + b"1" * (4 * 1024 * 1024 - 2) + b"]"
    assert edge.post(body).status_code == 200
    assert tail.records()["whatsapp.raw"][0]["body"] == body


def test_many_senders_at_once(edge: Receiver, tail: Tail, wamid: str) -> None:
    published = edge.metric('bluetick_events_published_total{topic="whatsapp.statuses"}')
    posted = edge.metric('bluetick_posts_total{source="meta",status="200"}')

    def post(number: int) -> int:
        return edge.post(cloud(status(f"{wamid}{number}"))).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(post, range(400))) == {200}
    rows = tail.records()["whatsapp.statuses"]
    assert {row["message_id"] for row in rows} == {f"{wamid}{number}" for number in range(400)}
    assert len(rows) == 400
    topic = 'bluetick_events_published_total{topic="whatsapp.statuses"}'
    assert edge.metric(topic) == published + 400
    assert edge.metric('bluetick_posts_total{source="meta",status="200"}') == posted + 400
    assert edge.metric("bluetick_inflight_posts") == 0
    assert edge.metric("bluetick_inflight_bytes") == 0
