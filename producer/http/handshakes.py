"""Answers a provider that asks, in its own way, whether it may post to an address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from starlette.responses import Response

from producer.fetching import RETRY_AFTER_SECONDS, Unreachable, fetch
from producer.http.errors import method_not_allowed, unavailable
from producer.providers import Post, handshakes
from settings.dialects import AUTO
from settings.sources import Source

log = logging.getLogger("bluetick.receiver")


async def answered(source: Source, post: Post) -> Response | None:
    """The answer to an authentic POST that asks; None if it holds events.

    Raises Refusal (503) if an address that confirms the subscription cannot be reached.
    """
    for handshake in handshakes(source.dialect):
        if (answer := handshake.answer(post)) is not None:
            return Response(answer, media_type="application/json")
        if (url := handshake.visit(source, post)) is not None:
            return await _visited(source, url)
    return None


def consented(headers: Mapping[str, str]) -> Response:
    """The answer to OPTIONS of a provider that asks. Raises Refusal (405) if none asks.

    It is the same for every source, configured or not, so that it says nothing about sources.
    """
    for handshake in handshakes(AUTO):
        if (consent := handshake.consent(headers)) is not None:
            return Response(headers=consent)
    raise method_not_allowed({"Allow": "GET, POST"})


async def _visited(source: Source, url: str) -> Response:
    try:
        await asyncio.to_thread(fetch, url)
    except Unreachable:
        raise unavailable(
            "not_confirmed",
            "the address that confirms the subscription cannot be reached: send it again",
            RETRY_AFTER_SECONDS,
        ) from None
    log.info("confirmed the subscription for the source %s", source.name)
    return Response(status_code=200)
