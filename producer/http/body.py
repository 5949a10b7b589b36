"""Reads a request's body within limits: of bytes, of time, and of memory for all requests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from producer.http.errors import Refusal
from producer.http.memory_budget import Claim
from settings.limits import Limits

# Bytes of each body that do not count against the memory budget. The HTTP server buffers as much
# anyway. Nearly every webhook is smaller, so a flood of large bodies cannot block the small ones.
FREE_BYTES = 64 * 1024
# In the scope of a request whose body has arrived: to read it takes no time, so it needs no timer.
WHOLE_BODY = "bluetick.whole_body"


class Request(Protocol):
    """A request whose body can be read."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def receive(self) -> Receive: ...

    @property
    def scope(self) -> Scope: ...


def declared_size(request: Request, limits: Limits) -> int:
    """The bytes that Content-Length declares; 0 without it. Raises Refusal (413) if too large."""
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isascii() and declared.isdigit() else 0
    if size > limits.max_body_bytes:
        raise _too_large(limits)
    return size


async def read_body(request: Request, limits: Limits, claim: Claim) -> bytes:
    """Returns the body's bytes.

    Raises Refusal (413 too large, 408 too slow, 400 incomplete), Overdrawn if the memory budget
    of `claim` is used up, and starlette's ClientDisconnect if the sender closes the connection.
    """
    if WHOLE_BODY in request.scope:
        body = await _read(request.receive, limits, claim)
    else:
        body = await _read_in_time(request.receive, limits, claim)
    if "content-length" in request.headers and len(body) != declared_size(request, limits):
        # The HTTP parser should prevent this, but an acknowledgement must not depend on it.
        raise Refusal(
            400,
            "body_incomplete",
            "the body does not have as many bytes as Content-Length says: send it again",
            {"Connection": "close"},
        )
    return body


async def _read_in_time(receive: Receive, limits: Limits, claim: Claim) -> bytes:
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _read(receive, limits, claim)
    except TimeoutError:
        raise Refusal(
            408,
            "body_timeout",
            f"the body did not arrive within {limits.body_seconds:g} seconds: send it again",
        ) from None


async def _read(receive: Receive, limits: Limits, claim: Claim) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size > limits.max_body_bytes:
            raise _too_large(limits)
        due = size - FREE_BYTES - claim.held
        if due > 0:
            claim.take(due)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, "body_too_large", f"send at most {limits.max_body_bytes} bytes in one body")
