"""Each answer of `/webhooks/{source}`, over real HTTP."""

from __future__ import annotations

from base64 import b64encode

import httpx
import pytest

from schemas.topics import STATUSES
from tests.support import twilio
from tests.support.broker import Tail
from tests.support.payloads import cloud, status
from tests.support.receiver import (
    CONFIG,
    JSON,
    PASSWORD,
    PUBLIC_URL,
    SECRET,
    TOKEN,
    VERIFY_TOKEN,
    Receiver,
    signed,
)

BODY = cloud(status("wamid.webhooks"))
FORM = (
    b"MessageSid=SM1&MessageStatus=read&From=whatsapp%3A%2B15557770001"
    b"&To=whatsapp%3A%2B15550001234&Body=a+b"
)
UNSUPPORTED, WRONG = "unsupported_media_type", "not_authentic"


def refused(answer: httpx.Response, status: int, code: str) -> None:
    """Checks an error answer: its status, and the form that all error answers have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert error["code"] == code
    assert len(error["message"]) > 10


def test_the_handshake(edge: Receiver) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "<b>1 "}
    answer = edge.client.get("/webhooks/meta", params=query)
    assert (answer.status_code, answer.text) == (200, "<b>1 ")
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_failed_handshake(edge: Receiver) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "1"}
    refused(edge.client.get("/webhooks/meta", params=query), 403, "verification_failed")
    refused(edge.client.get("/webhooks/meta"), 403, "verification_failed")
    refused(edge.client.get("/webhooks/positus", params=query), 403, "verification_failed")
    refused(edge.client.get("/webhooks/nobody", params=query), 403, "verification_failed")


def test_each_kind_of_authentication_accepts_its_sender(edge: Receiver) -> None:
    basic = b64encode(f"bluetick:{PASSWORD}".encode()).decode()
    headers = {
        "meta": signed(BODY),
        "positus": JSON | {"X-Webhook-Token": TOKEN},
        "legacy": JSON | {"Authorization": f"Basic {basic}"},
        # SNS declares JSON as text.
        "sns": {"Content-Type": "text/plain; charset=UTF-8", "Authorization": f"Basic {basic}"},
        "azure": JSON | {"X-Webhook-Token": TOKEN},
        "open": JSON,
    }
    query, headers["twilio"] = twilio.post(PUBLIC_URL, BODY, SECRET, "application/json")
    assert set(headers) == set(CONFIG.sources)
    for source, given in headers.items():
        url = f"/webhooks/{source}{query if source == 'twilio' else ''}"
        answer = edge.client.post(url, content=BODY, headers=given)
        assert answer.status_code == 200, source


def test_a_form_is_taken_from_those_who_send_forms(edge: Receiver) -> None:
    _, headers = twilio.post(PUBLIC_URL, FORM, SECRET)
    url = "/webhooks/twilio"
    assert edge.client.post(url, content=FORM, headers=headers).status_code == 200
    answer = edge.client.post(url, content=FORM, headers=headers | {"Content-Type": "text/plain"})
    refused(answer, 415, "unsupported_media_type")
    assert "application/x-www-form-urlencoded" in answer.text
    refused(edge.client.post("/webhooks/open", content=FORM, headers=headers), 415, UNSUPPORTED)


def test_a_form_posted_again_gives_the_same_events(edge: Receiver, tail: Tail) -> None:
    _, headers = twilio.post(PUBLIC_URL, FORM, SECRET)
    for _ in range(2):
        answer = edge.client.post("/webhooks/twilio", content=FORM, headers=headers)
        assert answer.status_code == 200
    first, second = tail.records()[STATUSES.name]
    for column in ("event_id", "content_hash", "message_id", "status"):
        assert first[column] == second[column]


def test_a_form_of_a_stranger_is_refused(edge: Receiver) -> None:
    _, headers = twilio.post(PUBLIC_URL, FORM, "somebody-else")
    refused(edge.client.post("/webhooks/twilio", content=FORM, headers=headers), 401, WRONG)
    del headers["X-Twilio-Signature"]
    refused(edge.client.post("/webhooks/twilio", content=FORM, headers=headers), 401, WRONG)
    # The address by which the receiver is called behind the proxy is not the one that is signed.
    own = f"http://127.0.0.1:{edge.port}/webhooks/twilio"
    _, headers = twilio.post(own, FORM, SECRET)
    refused(edge.client.post("/webhooks/twilio", content=FORM, headers=headers), 401, WRONG)


def test_the_reply_is_the_provider_s(edge: Receiver) -> None:
    assert edge.post(BODY).content == b""
    answer = edge.post(BODY, source="open")
    assert answer.json() == {"statusCode": "200", "statusMessage": "OK"}
    assert answer.headers["content-type"] == "application/json"


def test_unauthenticated_posts_are_refused(edge: Receiver) -> None:
    url = "/webhooks/{}"
    refused(edge.client.post(url.format("meta"), content=BODY, headers=JSON), 401, WRONG)
    refused(edge.post(BODY, X_Hub_Signature_256="sha256=" + "0" * 64), 401, WRONG)
    refused(edge.post(BODY, source="positus", X_Webhook_Token="guess"), 401, WRONG)
    answer = edge.post(BODY, source="legacy", Authorization="Basic Zzp4")
    refused(answer, 401, WRONG)
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_an_unknown_source(edge: Receiver) -> None:
    before = edge.metric("bluetick_unknown_source_posts_total")
    refused(edge.post(BODY, source="nobody"), 401, WRONG)
    refused(edge.post(BODY, source="%2e%2e"), 401, WRONG)
    assert edge.metric("bluetick_unknown_source_posts_total") == before + 2


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "json", ""])
def test_another_content_type(edge: Receiver, kind: str) -> None:
    refused(edge.post(BODY, Content_Type=kind), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/cloudevents+json"]
)
def test_other_content_types_of_json(edge: Receiver, kind: str) -> None:
    assert edge.post(BODY, Content_Type=kind).status_code == 200


def test_an_encoded_body(edge: Receiver) -> None:
    refused(edge.post(BODY, Content_Encoding="gzip"), 415, "unsupported_encoding")
    assert edge.post(BODY, Content_Encoding="identity").status_code == 200


def test_an_unauthenticated_body_that_is_not_json_is_refused(edge: Receiver) -> None:
    refused(edge.post(b'{"statuses": [', source="open"), 400, "malformed_json")
    refused(edge.post(b"", source="open"), 400, "malformed_json")


def test_authentication_comes_before_content(edge: Receiver) -> None:
    answer = edge.post(b"nope", Content_Type="text/plain", X_Hub_Signature_256="sha256=" + "0" * 64)
    refused(answer, 401, WRONG)


def test_a_declared_oversize_body(edge: Receiver) -> None:
    refused(edge.post(b"x" * (4 * 1024 * 1024 + 1)), 413, "body_too_large")


def test_an_undeclared_oversize_body(edge: Receiver) -> None:
    answer = edge.client.post(
        "/webhooks/meta",
        content=(b"x" * 65_536 for _ in range(80)),
        headers=signed(b""),
    )
    assert "content-length" not in answer.request.headers
    refused(answer, 413, "body_too_large")
    assert edge.post(BODY).status_code == 200


def test_other_methods_and_paths(edge: Receiver) -> None:
    answer = edge.client.put("/webhooks/meta", content=BODY)
    refused(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["allow"]
    for path in ("/", "/webhooks", "/webhooks/", "/webhooks/meta/", "/webhooks/meta/more"):
        refused(edge.client.post(path, content=BODY), 404, "not_found")


def test_the_probes(edge: Receiver) -> None:
    assert edge.client.get("/healthz").json() == {"alive": True}
    assert edge.client.get("/readyz").json() == {"ready": True}
