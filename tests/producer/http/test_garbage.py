"""No answered POST leaves its body to the garbage collector, which the receiver runs rarely."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.support.payloads import cloud, status
from tests.support.receiver import SECRET, Receiver, signature
from tests.support.wire import connected, everything, head, status_of

MARK = b"wamid.that-no-cycle-may-hold"
BODY = cloud(status(MARK.decode()))
LARGE = cloud(*(status(f"{MARK.decode()}{number}") for number in range(3000)))
JSON = "Content-Type: application/json"


@pytest.fixture
def collected() -> Iterator[list[object]]:
    """What the garbage collector finds from now on, once it is called."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        gc.collect()


def _mentions(value: object) -> bool:
    if isinstance(value, str):
        return MARK.decode() in value
    return isinstance(value, bytes | bytearray) and MARK in value


@pytest.mark.parametrize(
    ("body", "secret", "kind", "answer"),
    [
        (BODY, SECRET, JSON, 200),
        (LARGE, SECRET, JSON, 200),
        (BODY[:-1], SECRET, JSON, 200),  # a dead letter
        (LARGE[:-1], SECRET, JSON, 200),
        (BODY, "wrong", JSON, 401),
        (BODY, SECRET, "Content-Type: text/plain", 415),
    ],
)
def test_no_cycle_holds_a_body(
    edge: Receiver, collected: list[object], body: bytes, secret: str, kind: str, answer: int
) -> None:
    signed = f"X-Hub-Signature-256: {signature(body, secret)}"
    length = f"Content-Length: {len(body)}"
    with connected(edge.port) as wire:
        wire.sendall(
            head("/webhooks/meta", kind, signed, length, "Connection: close") + b"\r\n" + body
        )
        assert status_of(everything(wire)) == answer
    gc.collect()
    kept = [
        f"{type(each).__name__}: {type(part).__name__}"
        for each in collected
        for part in gc.get_referents(each)
        if _mentions(part)
    ]
    assert kept == []
