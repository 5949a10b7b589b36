"""HTTP over a plain socket, for clients that break the rules."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"


@contextmanager
def connected(port: int, *, timeout: float = 120.0) -> Iterator[socket.socket]:
    """A connection whose reads fail after `timeout` seconds."""
    with socket.create_connection((HOST, port), timeout=timeout) as wire:
        yield wire


def everything(wire: socket.socket) -> bytes:
    """All bytes until the other side closes the connection. Raises TimeoutError if it does not."""
    parts = []
    try:
        while part := wire.recv(65_536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def status_of(answer: bytes) -> int | None:
    """The status of the first answer; None if there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def head(path: str, *headers: str, method: str = "POST") -> bytes:
    """A request's head, without the empty line that ends it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")
