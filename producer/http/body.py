"""Reads a request's body: bounded in bytes, in time and over all requests together."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from producer.http.errors import Refusal
from producer.http.memory_budget import Claim
from settings.limits import Limits

# What a connection may hold unclaimed: the HTTP server buffers as much of each one anyway, and
# nearly every webhook fits, so that a flood of large bodies cannot shut the small ones out.
FREE_BYTES = 64 * 1024


def declared_size(request: Request, limits: Limits) -> int:
    """What Content-Length says; 0 where it is missing. Refuses (413) what is too large."""
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isascii() and declared.isdigit() else 0
    if size > limits.max_body_bytes:
        raise _too_large(limits)
    return size


async def read_body(request: Request, limits: Limits, claim: Claim) -> bytes:
    """The raw bytes. Refuses with 413, 408 or 400; raises Overdrawn where `claim` gets no more.

    Raises starlette's ClientDisconnect where the sender goes away.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limits.max_body_bytes:
                    raise _too_large(limits)
                due = size - FREE_BYTES - claim.held
                if due > 0:
                    claim.take(due)
                chunks.append(chunk)
    except TimeoutError:
        raise Refusal(
            408,
            "body_timeout",
            f"the body did not arrive within {limits.body_seconds:g} seconds: send it again",
        ) from None
    if "content-length" in request.headers and size != declared_size(request, limits):
        # The HTTP parser should see to that; an acknowledgement must not depend on it.
        raise Refusal(
            400,
            "body_incomplete",
            "the body has not as many bytes as Content-Length says: send it again",
            {"Connection": "close"},
        )
    return b"".join(chunks)


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, "body_too_large", f"send at most {limits.max_body_bytes} bytes in one body")
