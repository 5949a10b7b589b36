"""How a provider asks whether it may post, over real HTTP, and nothing is stored."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from producer.providers import Post, aws_signature
from producer.providers.aws_certificates import FetchedCertificates
from producer.providers.azure_handshake import answer
from schemas.topics import DEAD_LETTERS, RAW, STATUSES
from settings.sources import Config
from tests.support import sns
from tests.support.broker import Tail
from tests.support.payloads import status
from tests.support.receiver import JSON, TOKEN, Receiver, receiver

EVENT = {
    "id": "2d1781af",
    "topic": "/subscriptions/s1",
    "subject": "",
    "data": {"validationCode": "512d38b6", "validationUrl": "https://eventgrid.example/v?id=512d"},
    "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
    "eventTime": "2026-11-25T09:00:00Z",
    "metadataVersion": "1",
    "dataVersion": "1",
}
PROOF = {"X-Webhook-Token": TOKEN}
ASKING = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}


def asked(edge: Receiver, body: Any, source: str = "azure", **headers: str) -> httpx.Response:
    given = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    return edge.client.post(f"/webhooks/{source}", content=json.dumps(body), headers=given)


def test_the_validation_event_is_answered_with_its_code(edge: Receiver, tail: Tail) -> None:
    found = asked(edge, [EVENT], **PROOF)
    assert (found.status_code, found.json()) == (200, {"validationResponse": "512d38b6"})
    assert found.headers["content-type"] == "application/json"
    assert tail.records() == {}


@pytest.mark.parametrize("headers", [{}, {"X-Webhook-Token": "guess"}])
def test_a_stranger_gets_no_code(edge: Receiver, headers: dict[str, str]) -> None:
    found = asked(edge, [EVENT], **headers)
    assert found.status_code == 401
    assert "512d38b6" not in found.text


def test_other_sources_do_not_answer_it(edge: Receiver) -> None:
    found = asked(edge, [EVENT], source="positus", **PROOF)
    assert (found.status_code, found.content) == (200, b"")


@pytest.mark.parametrize(
    "body",
    [
        EVENT,
        [EVENT, EVENT],
        [{**EVENT, "eventType": "Other"}, {}],
        [{**EVENT, "data": {}}],
        [{**EVENT, "data": {"validationCode": 1}}],
        [],
    ],
)
def test_what_is_not_a_validation_event_is_stored(body: Any) -> None:
    assert answer(Post({}, "", json.dumps(body).encode(), 0)) is None


def test_a_broken_body_does_not_raise() -> None:
    for body in (b"[Microsoft.EventGrid.SubscriptionValidationEvent", b"", b"\xff"):
        assert answer(Post({}, "", body, 0)) is None


@pytest.mark.parametrize(
    ("rate", "allowed"), [("120", "120"), (None, "*"), ("*", "*"), ("many", "*"), ("9" * 99, "*")]
)
def test_options_of_cloud_events_are_answered(
    edge: Receiver, rate: str | None, allowed: str
) -> None:
    headers = {"WebHook-Request-Origin": "eventgrid.azure.net"}
    headers |= {"WebHook-Request-Rate": rate} if rate else {}
    found = edge.client.options("/webhooks/azure", headers=headers)
    assert (found.status_code, found.content) == (200, b"")
    assert found.headers["webhook-allowed-origin"] == "eventgrid.azure.net"
    assert found.headers["webhook-allowed-rate"] == allowed
    assert "POST" in found.headers["allow"]


def test_the_answer_does_not_tell_which_sources_exist(edge: Receiver) -> None:
    answers = [
        edge.client.options(f"/webhooks/{source}", headers=ASKING)
        for source in ("azure", "meta", "nobody")
    ]
    assert {answer.status_code for answer in answers} == {200}
    names = ("webhook-allowed-origin", "webhook-allowed-rate", "allow")
    assert len({tuple(answer.headers[name] for name in names) for answer in answers}) == 1


@pytest.mark.parametrize("source", ["azure", "meta", "nobody"])
@pytest.mark.parametrize("origin", [None, "*", "eventgrid.azure.net.attacker.example", ""])
def test_nobody_else_gets_consent(edge: Receiver, source: str, origin: str | None) -> None:
    headers = {} if origin is None else {"WebHook-Request-Origin": origin}
    found = edge.client.options(f"/webhooks/{source}", headers=headers)
    assert (found.status_code, found.json()["error"]["code"]) == (405, "method_not_allowed")
    assert not [name for name in found.headers if name.startswith("webhook-")]


@pytest.fixture
def topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sns.Sns]:
    """A stand-in for SNS, which the receiver of this test reaches by a proxy on loopback."""
    with sns.sns(tmp_path) as found:
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(aws_signature, "FETCHED", FetchedCertificates())
        yield found


@pytest.fixture
def subscribed(broker: str, topic: sns.Sns) -> Iterator[Receiver]:  # noqa: ARG001
    table = {"dialect": "aws", "auth": "signature", "topic_arn": sns.TOPIC}
    with receiver(broker, config=Config.model_validate({"sources": {"sns": table}})) as running:
        yield running


def posted(edge: Receiver, message: dict[str, Any]) -> httpx.Response:
    headers = {"Content-Type": "text/plain", "x-amz-sns-message-type": message["Type"]}
    return edge.client.post("/webhooks/sns", content=sns.encoded(message), headers=headers)


def test_a_signed_subscription_is_confirmed(
    subscribed: Receiver, topic: sns.Sns, tail: Tail
) -> None:
    found = posted(subscribed, sns.signed(sns.confirmation(time.time()), topic.signer, "2"))
    assert (found.status_code, found.content) == (200, b"")
    assert topic.asked == [
        (f"{sns.HOST}:443", sns.PEM_PATH),
        (f"{sns.HOST}:443", sns.SUBSCRIBE_PATH),
    ]
    assert tail.records() == {}


def test_a_subscription_that_cannot_be_confirmed_is_asked_for_again(
    subscribed: Receiver, topic: sns.Sns
) -> None:
    del topic.pages[sns.SUBSCRIBE_PATH]
    found = posted(subscribed, sns.signed(sns.confirmation(time.time()), topic.signer))
    assert (found.status_code, found.json()["error"]["code"]) == (503, "not_confirmed")
    assert found.headers["retry-after"] == "10"


def test_nobody_else_makes_the_receiver_open_an_address(
    subscribed: Receiver, topic: sns.Sns, tail: Tail
) -> None:
    """Neither a forged signature nor a signed address elsewhere; the latter is a dead letter."""
    forged = sns.signed(sns.confirmation(time.time()), sns.pair(sns.HOST))
    assert posted(subscribed, forged).status_code == 401
    elsewhere = sns.confirmation(time.time(), "https://attacker.example/?a=1")
    assert posted(subscribed, sns.signed(elsewhere, topic.signer)).status_code == 200
    assert topic.asked == [(f"{sns.HOST}:443", sns.PEM_PATH)]
    assert sorted(tail.records()) == [DEAD_LETTERS.name, RAW.name]


def test_a_signed_notification_lands(subscribed: Receiver, topic: sns.Sns, tail: Tail) -> None:
    entry = {
        "id": "1",
        "changes": [{"field": "messages", "value": {"statuses": [status("w.sns")]}}],
    }
    text = json.dumps({"whatsAppWebhookEntry": json.dumps(entry)})
    message = sns.signed(sns.notification(text, time.time()), topic.signer)
    assert posted(subscribed, message).status_code == 200
    (row,) = tail.records()[STATUSES.name]
    assert (row["message_id"], row["dialect"]) == ("w.sns", "aws")
    altered = message | {"Message": text.replace("w.sns", "w.other")}
    assert posted(subscribed, altered).status_code == 401
