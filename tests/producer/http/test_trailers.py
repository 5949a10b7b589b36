"""The parts of a request beside its body are limited: head, trailers and chunk extensions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count, repeat

import pytest

from producer.http.protocol import MAX_HEADER_BYTES
from tests.support.talk import Heard, talk
from tests.support.wire import head

ONE = head("/one", "Transfer-Encoding: chunked") + b"\r\n"
OFFER = head("/one", "Upgrade: h2c", "Connection: upgrade", "Transfer-Encoding: chunked") + b"\r\n"
PIECE = 8000


def trailers() -> Iterator[bytes]:
    return (b"x-%d: " % number + b"b" * 60 + b"\r\n" for number in count())


ENDLESS: dict[str, Callable[[], Iterator[bytes]]] = {
    "head": lambda: chain([head("/one")], trailers()),
    "trailers": lambda: chain([ONE, b"0\r\n"], trailers()),
    "trailers after a body": lambda: chain([ONE, b"3\r\nabc\r\n0\r\n"], trailers()),
    "trailers after an offer": lambda: chain([OFFER, b"3\r\nabc\r\n0\r\n"], trailers()),
    "one trailer": lambda: chain([ONE, b"0\r\nx: "], repeat(b"b" * 1000)),
    "one extension": lambda: chain([ONE, b"5;a="], repeat(b"b" * 1000)),
    "extensions": lambda: chain([ONE], repeat(b"1;a=" + b"b" * 1000 + b"\r\nx\r\n")),
}


def pieces_of(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts as they may arrive; fails if the receiver accepts too many."""
    sent, piece = 0, b""
    for part in parts:
        piece += part
        if len(piece) >= PIECE:
            sent += len(piece)
            assert sent < MAX_HEADER_BYTES + 4 * PIECE, "it takes without end"
            yield piece
            piece = b""


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_trailers_are_refused(name: str) -> None:
    found = talk(pieces_of(ENDLESS[name]()))
    assert found.closed
    assert found.written.startswith(b"HTTP/1.1 431 ")
    assert found.written.count(b"HTTP/1.1 ") == 1
    assert not any(request.whole for request in found.heard)


@pytest.mark.parametrize("name", sorted(ENDLESS.keys() - {"head"}))
def test_after_the_answer_nothing_more_is_sent(name: str) -> None:
    found = talk(pieces_of(ENDLESS[name]()), hasty=True)
    assert found.closed
    assert found.written.startswith(b"HTTP/1.1 200 ")
    assert found.written.count(b"HTTP/1.1 ") == 1


def test_no_answer_is_taken_for_another_request_s() -> None:
    """The head of the second request has no end while the first request waits for its answer."""
    first = head("/wait", method="GET") + b"\r\n"
    found = talk(chain([first], pieces_of(ENDLESS["head"]())))
    assert found.closed
    assert [request.path for request in found.heard] == ["/wait"]
    assert found.written == b""


def test_a_body_in_the_smallest_chunks_does_not_count_as_headers() -> None:
    """The framing of the chunks is much larger than headers may be."""
    body = bytes(100_000)
    sent = ONE + b"1\r\n\0\r\n" * len(body) + b"0\r\nx: y\r\n\r\n"
    assert len(sent) - len(body) > 5 * MAX_HEADER_BYTES
    for size in (PIECE, 100_003):
        found = talk(sent[at : at + size] for at in range(0, len(sent), size))
        assert found.heard == [Heard("POST", "/one", body, True)]


def test_a_large_body_does_not_count_as_headers() -> None:
    body = bytes(4 * MAX_HEADER_BYTES)
    length = head("/one", f"Content-Length: {len(body)}") + b"\r\n" + body
    chunked = ONE + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    sent = (length + chunked) * 2
    for size in (PIECE, 200_000, len(sent)):
        found = talk(sent[at : at + size] for at in range(0, len(sent), size))
        assert found.heard == [Heard("POST", "/one", body, True)] * 4


def test_headers_of_several_requests_are_not_added_up() -> None:
    one = head("/one", "X-More: " + "x" * 1000, method="GET") + b"\r\n"
    count = 2 * MAX_HEADER_BYTES // len(one)
    assert len(talk([one * count]).heard) == count
    assert len(talk([one] * count).heard) == count
