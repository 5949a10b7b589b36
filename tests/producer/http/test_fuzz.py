"""Any input gets an answer below 500 (or 503), or a closed connection, and never a crash."""

from __future__ import annotations

import contextlib
import socket

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.receiver import Receiver, signature, signed
from tests.support.wire import connected, everything, head, status_of

BOUNDED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PATHS = st.one_of(
    st.sampled_from(
        [
            "/webhooks/meta",
            "/webhooks/open",
            "/webhooks/legacy",
            "/webhooks/positus",
            "/webhooks/twilio",
            "/webhooks/nobody",
            "/metrics",
            "/readyz",
            "/subjects/whatsapp.raw-value",
            "/schemas/ids/1",
        ]
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40).map("/{}".format),
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"])
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Authorization",
            "Content-Type",
            "Content-Encoding",
            "X-Hub-Signature-256",
            "X-Twilio-Signature",
            "X-Webhook-Token",
            "Expect",
            "Upgrade",
            "Cookie",
            "X-Forwarded-For",
        ]
    ),
    VALUES,
    max_size=5,
)
KEYS = [
    *("object", "entry", "changes", "field", "value", "metadata", "contacts"),
    *("statuses", "messages", "errors", "id", "status", "timestamp", "type", "text", "code"),
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.text(max_size=8),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


def fine(status: int | None) -> bool:
    return status is None or status < 500 or status == 503


@BOUNDED
@given(sent=st.binary(max_size=2000))
def test_any_bytes_on_the_wire(edge: Receiver, sent: bytes) -> None:
    assert fine(exchange(edge, sent, hang_up=True))


@BOUNDED
@given(method=METHODS, path=PATHS, headers=HEADERS, body=st.binary(max_size=300))
def test_any_request(
    edge: Receiver, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close"]
    status = exchange(edge, head(path, *lines, method=method) + b"\r\n" + body)
    assert fine(status)


@BOUNDED
@given(body=st.binary(max_size=300), data=st.data())
def test_any_signed_bytes_are_accepted(edge: Receiver, body: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(body)))
    request = head(
        "/webhooks/meta",
        "Content-Type: application/json",
        f"X-Hub-Signature-256: {signature(body)}",
        "Transfer-Encoding: chunked",
        "Connection: close",
    )
    parts = [part for part in (body[:cut], body[cut:]) if part]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    assert exchange(edge, request + b"\r\n" + chunks + b"0\r\n\r\n") == 200


@BOUNDED
@given(value=JSON_VALUES)
def test_any_signed_json_is_accepted(edge: Receiver, value: object) -> None:
    body = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_SUBCLASS) if fits(value) else b"{}"
    answer = edge.client.post("/webhooks/meta", content=body, headers=signed(body))
    assert answer.status_code == 200


@BOUNDED
@given(query=st.dictionaries(st.sampled_from(["hub.mode", "hub.verify_token"]) | VALUES, VALUES))
def test_any_handshake(edge: Receiver, query: dict[str, str]) -> None:
    assert edge.client.get("/webhooks/meta", params=query).status_code in (400, 403)


def fits(value: object) -> bool:
    """Whether a value can be written as JSON: integers of 64 bits, text without surrogates."""
    with contextlib.suppress(TypeError):
        orjson.dumps(value)
        return True
    return False


def exchange(edge: Receiver, sent: bytes, *, hang_up: bool = False) -> int | None:
    """Sends bytes, and ends the connection if `hang_up`. Returns the answered status, or None."""
    with connected(edge.port) as wire:
        with contextlib.suppress(ConnectionError):
            wire.sendall(sent)
            if hang_up:
                wire.shutdown(socket.SHUT_WR)
        return status_of(everything(wire))
