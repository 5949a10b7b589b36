"""Requests that offer another protocol are read as if they did not."""

from __future__ import annotations

import asyncio
import shutil
import subprocess

import pytest
from starlette.requests import Request
from starlette.types import Message

from producer.http.body import read_body
from producer.http.errors import Refusal
from producer.http.memory_budget import Budget
from settings.limits import Limits
from tests.support.broker import Tail
from tests.support.payloads import cloud, status
from tests.support.receiver import Receiver, signature
from tests.support.talk import Heard, talk
from tests.support.wire import connected, everything, head

BODY = cloud(status("wamid.upgrade"))
HEADERS = ("Content-Type: application/json", f"X-Hub-Signature-256: {signature(BODY)}")
LENGTH = (f"Content-Length: {len(BODY)}",)
CHUNKED = ("Transfer-Encoding: chunked",)
H2C = (
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
)
WEBSOCKET = ("Upgrade: websocket", "Connection: keep-alive, upgrade")
OFFERS = pytest.mark.parametrize("offer", [H2C, WEBSOCKET], ids=["h2c", "websocket"])
FRAMES = pytest.mark.parametrize("framing", [LENGTH, CHUNKED], ids=["length", "chunked"])


def framed(body: bytes, framing: tuple[str, ...]) -> bytes:
    """The body as it is sent; if it is chunked, as two chunks and a trailer."""
    if framing is not CHUNKED:
        return body
    chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]))
    return chunks + b"0\r\nX-Trailer: 1\r\n\r\n"


def post(offer: tuple[str, ...], framing: tuple[str, ...], body: bytes = BODY) -> bytes:
    return head("/webhooks/meta", *HEADERS, *offer, *framing) + b"\r\n" + framed(body, framing)


@OFFERS
@FRAMES
def test_the_body_is_read_wherever_the_bytes_are_cut(
    offer: tuple[str, ...], framing: tuple[str, ...]
) -> None:
    body = b'{"a": "\r\n\r\nGET / HTTP/1.1"}'
    framing = framing if framing is CHUNKED else (f"Content-Length: {len(body)}",)
    one = head("/one", *offer, *framing) + b"\r\n" + framed(body, framing)
    sent = one + head("/two", method="GET") + b"\r\n"
    wanted = [Heard("POST", "/one", body, True), Heard("GET", "/two", b"", True)]
    for cut in range(len(sent)):
        found = talk([sent[:cut], sent[cut:]])
        assert found.heard == wanted, f"cut at {cut}"
        assert found.written.count(b"HTTP/1.1 200 OK") == 2
    assert talk(sent[at : at + 1] for at in range(len(sent))).heard == wanted


def test_many_offers_on_one_connection() -> None:
    bodies = [b"%d" % number for number in range(2000)]
    sent = b"".join(post(H2C, (f"Content-Length: {len(body)}",), body) for body in bodies)
    cuts = range(0, len(sent), 50_000)
    found = talk(sent[cut : cut + 50_000] for cut in cuts)
    assert [request.body for request in found.heard] == bodies
    assert all(request.whole for request in found.heard)


def test_an_offer_without_a_body() -> None:
    sent = head("/one", *WEBSOCKET, method="GET") + b"\r\n"
    found = talk([sent + sent])
    assert found.heard == [Heard("GET", "/one", b"", True)] * 2
    assert not found.closed


def test_an_offer_after_the_body_is_ignored() -> None:
    late = (
        head("/one", "Upgrade: h2c", *CHUNKED) + b"\r\n1\r\nx\r\n0\r\nConnection: upgrade\r\n\r\n"
    )
    found = talk([late + late])
    assert found.heard == [Heard("POST", "/one", b"x", True)] * 2


def test_a_missing_body_is_not_read_as_an_empty_one() -> None:
    (request,) = talk([head("/one", *H2C, "Content-Length: 5") + b"\r\n1234"]).heard
    assert not request.whole


@pytest.mark.parametrize(
    "framing",
    [
        ("Transfer-Encoding: gzip",),
        ("Content-Length: -1",),
        ("Content-Length: 1", "Content-Length: 2"),
        ("Content-Length: 1", "Transfer-Encoding: chunked"),
    ],
)
@OFFERS
def test_a_body_of_unknown_length_is_refused(
    offer: tuple[str, ...], framing: tuple[str, ...]
) -> None:
    found = talk([head("/one", *offer, *framing) + b"\r\n1\r\nx\r\n0\r\n\r\n"])
    assert found.written.startswith(b"HTTP/1.1 400 ")
    assert found.closed
    assert not any(request.whole for request in found.heard)


@pytest.mark.parametrize("target", ["example:1", "http://example/healthz", "/healthz"])
def test_nothing_is_tunnelled(target: str) -> None:
    found = talk([head(target, *LENGTH, method="CONNECT") + b"\r\n" + BODY])
    assert found.written.startswith(b"HTTP/1.1 400 ")
    assert found.closed
    assert not found.heard


@OFFERS
@FRAMES
def test_it_is_published(
    edge: Receiver, tail: Tail, offer: tuple[str, ...], framing: tuple[str, ...]
) -> None:
    """In one piece, with the body later, and with another request after it."""
    sent = post(offer, framing)
    begin = sent.index(b"\r\n\r\n") + 4
    with connected(edge.port) as wire:
        wire.sendall(sent)
        assert wire.recv(65_536).startswith(b"HTTP/1.1 200 OK")
        wire.sendall(sent[:begin])
        wire.sendall(sent[begin:])
        assert wire.recv(65_536).startswith(b"HTTP/1.1 200 OK")
        wire.sendall(sent + post(("Connection: close",), LENGTH))
        assert everything(wire).count(b"HTTP/1.1 200 OK") == 2
    records = tail.records()
    assert [raw["body"] for raw in records["whatsapp.raw"]] == [BODY] * 4
    assert [row["message_id"] for row in records["whatsapp.statuses"]] == ["wamid.upgrade"] * 4
    assert "whatsapp.dead-letters" not in records


def test_curl_that_offers_http_2(edge: Receiver, tail: Tail) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl on this machine")
    if "HTTP2" not in subprocess.run([curl, "--version"], capture_output=True, text=True).stdout:
        pytest.skip("a curl without HTTP/2")
    command = [curl, "--http2", "-sS", "-m", "30", "--noproxy", "*", "-w", "%{http_code}"]
    for header in HEADERS:
        command += ["-H", header]
    command += ["--data-binary", "@-", f"http://127.0.0.1:{edge.port}/webhooks/meta"]
    answer = subprocess.run(command, input=BODY, capture_output=True, check=True)
    assert answer.stdout == b"200"
    assert [raw["body"] for raw in tail.records()["whatsapp.raw"]] == [BODY]


async def _short() -> bytes:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"1234", "more_body": False}

    scope = {"type": "http", "headers": [(b"content-length", b"5")]}
    with Budget(0).claim() as claim:
        return await read_body(Request(scope, receive), Limits(), claim)


def test_a_body_shorter_than_declared_is_never_acknowledged() -> None:
    """Also if the HTTP parser does not notice it."""
    with pytest.raises(Refusal) as refusal:
        asyncio.run(_short())
    assert (refusal.value.status, refusal.value.code) == (400, "body_incomplete")
