"""Clients that send slowly, without end, too much, or bytes that are not HTTP."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from producer.http.protocol import MAX_HEADER_BYTES
from settings.limits import Limits
from tests.support.payloads import cloud, status
from tests.support.receiver import Receiver, receiver, signature
from tests.support.waiting import wait_for
from tests.support.wire import connected, everything, head, status_of

BODY = cloud(status("wamid.protocol"))
SHAPED = ("Content-Type: application/json", f"X-Hub-Signature-256: {signature(b'')}")


@pytest.fixture(scope="module")
def hasty(broker: str) -> Iterator[Receiver]:
    """A receiver with short time limits."""
    with receiver(broker, limits=Limits(body_seconds=0.4, request_seconds=0.8)) as running:
        yield running


def test_a_body_that_is_never_sent(hasty: Receiver) -> None:
    with connected(hasty.port) as wire:
        wire.sendall(head("/webhooks/meta", *SHAPED, "Content-Length: 10") + b"\r\n12345")
        answer = everything(wire)
    assert status_of(answer) == 408
    assert b'"body_timeout"' in answer


def test_headers_that_do_not_end(hasty: Receiver) -> None:
    with connected(hasty.port) as wire:
        wire.sendall(head("/webhooks/meta", "X-More: 1"))
        assert everything(wire) == b""


def test_a_connection_without_a_request(hasty: Receiver) -> None:
    with connected(hasty.port) as wire:
        assert everything(wire) == b""


def test_empty_lines_do_not_extend_the_time_limit(hasty: Receiver) -> None:
    with connected(hasty.port) as wire, contextlib.suppress(ConnectionError):
        wire.settimeout(0.05)
        for _ in range(600):
            wire.sendall(b"\r\n")
            with contextlib.suppress(TimeoutError):
                if wire.recv(1) == b"":
                    return
        pytest.fail("the connection was kept")


def test_each_request_has_its_own_time_limit(hasty: Receiver) -> None:
    """The second request begins within the time of the first, and does not end."""
    with connected(hasty.port) as wire:
        wire.sendall(head("/healthz", method="GET") + b"\r\n")
        assert status_of(wire.recv(65_536)) == 200
        wire.sendall(head("/webhooks/meta", "X-More: 1"))
        assert everything(wire) == b""


def test_quick_requests_may_follow_each_other_for_longer_than_one_may_take(hasty: Receiver) -> None:
    with connected(hasty.port) as wire:
        for _ in range(40):
            wire.sendall(head("/healthz", method="GET") + b"\r\n")
            assert status_of(wire.recv(65_536)) == 200
            time.sleep(0.05)  # 40 of these are twice the limit of one request


def test_a_body_without_end_after_the_answer(hasty: Receiver) -> None:
    with connected(hasty.port) as wire:
        wire.sendall(head("/webhooks/nobody", "Content-Length: 99999999999") + b"\r\n")
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 1 << 30:
                sent += wire.send(b"x" * 65_536)
            pytest.fail("it took a gigabyte")


def test_headers_without_end(edge: Receiver) -> None:
    with connected(edge.port) as wire:
        wire.sendall(head("/webhooks/meta"))
        with contextlib.suppress(ConnectionError):
            for _ in range(MAX_HEADER_BYTES // 1000 + 10_000):
                wire.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
            pytest.fail("it took ten megabytes")


def test_the_error_names_too_large_headers(edge: Receiver) -> None:
    with connected(edge.port) as wire:
        wire.sendall(head("/healthz", method="GET") + b"\r\n" + head("/webhooks/meta"))
        assert status_of(wire.recv(65_536)) == 200  # so the second head has begun, too
        wire.sendall(b"X-More: " + b"x" * MAX_HEADER_BYTES)
        answer = everything(wire)
    assert answer.partition(b"HTTP/1.1 ")[2].startswith(b"431 ")
    assert b'"headers_too_large"' in answer


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01",  # TLS spoken to a plain port
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /webhooks/meta HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"OPTIONS * HTTP/1.1\r\n\r\n",
        b"CONNECT example:1 HTTP/1.1\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_not_http_is_an_error_of_the_client(edge: Receiver, sent: bytes) -> None:
    with connected(edge.port) as wire:
        wire.sendall(sent)
        wire.shutdown(1)
        answer = everything(wire)
    assert 400 <= (status_of(answer) or 400) < 500


def test_several_requests_on_one_connection(edge: Receiver) -> None:
    one = head(
        "/webhooks/meta",
        "Content-Type: application/json",
        f"X-Hub-Signature-256: {signature(BODY)}",
        f"Content-Length: {len(BODY)}",
    )
    last = head("/healthz", "Connection: close", method="GET")
    with connected(edge.port) as wire:
        wire.sendall((one + b"\r\n" + BODY) * 3 + last + b"\r\n")
        answers = everything(wire)
    assert answers.count(b"HTTP/1.1 200 OK") == 4


def test_a_client_that_expects_100_continue(edge: Receiver) -> None:
    with connected(edge.port) as wire:
        wire.sendall(
            head(
                "/webhooks/meta",
                "Content-Type: application/json",
                f"X-Hub-Signature-256: {signature(BODY)}",
                f"Content-Length: {len(BODY)}",
                "Expect: 100-continue",
                "Connection: close",
            )
            + b"\r\n"
        )
        assert wire.recv(100).startswith(b"HTTP/1.1 100")
        wire.sendall(BODY)
        assert status_of(everything(wire)) == 200


def test_a_sender_that_hangs_up(edge: Receiver) -> None:
    before = edge.metric('bluetick_posts_total{source="meta",status="499"}')
    with connected(edge.port) as wire:
        wire.sendall(head("/webhooks/meta", *SHAPED, "Content-Length: 10") + b"\r\n12345")
    line = 'bluetick_posts_total{source="meta",status="499"}'
    wait_for(lambda: edge.metric(line) == before + 1)


def test_too_many_connections(broker: str) -> None:
    with receiver(broker, limits=Limits(max_connections=3)) as edge, contextlib.ExitStack() as held:
        edge.client.close()
        wires = [held.enter_context(connected(edge.port)) for _ in range(8)]
        answers = [everything(wire) for wire in wires[4:]]
        assert {status_of(answer) for answer in answers} == {503}
        assert all(b"retry-after: " in answer for answer in answers)


def test_large_bodies_share_a_budget_and_small_ones_need_none(broker: str) -> None:
    limits = Limits(max_reading_bytes=300_000, body_seconds=20.0)
    with receiver(broker, limits=limits) as edge, connected(edge.port) as slow:
        slow.sendall(head("/webhooks/meta", *SHAPED, "Content-Length: 900000") + b"\r\n")
        slow.sendall(b"x" * 350_000)
        wait_for(lambda: edge.metric("bluetick_reading_bytes") == 350_000 - 65_536)
        large = edge.post(cloud(*(status(f"wamid.{number}") for number in range(1000))))
        assert (large.status_code, large.json()["error"]["code"]) == (503, "overloaded")
        assert edge.post(BODY).status_code == 200
        slow.close()
        wait_for(lambda: edge.metric("bluetick_reading_bytes") == 0)
