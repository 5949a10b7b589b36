"""The outermost layer of the application: turns every failure into an HTTP answer."""

from __future__ import annotations

import asyncio
import logging

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from producer.http.errors import Refusal, unavailable

log = logging.getLogger("bluetick.receiver")


class Guard:
    """Answers a Refusal with its own status, and any other failure with 503.

    The sender then tries again. Nothing was acknowledged, so nothing is lost. A 503 can ask for
    this with Retry-After; a 500 cannot.
    """

    def __init__(self, app: ASGIApp, retry_after: int) -> None:
        self._app = app
        self._retry_after = retry_after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Refusal as refusal:
            # Only its answer: it would hold this frame in a cycle, and with it the body.
            answer = refusal.response()
        except asyncio.CancelledError:  # the server stops and does not wait any longer
            answer = self._unavailable("shutting_down")
        except Exception as error:
            log.error("a request failed", exc_info=error)
            answer = self._unavailable("unexpected")
        else:
            return
        if not started:
            await answer(scope, receive, send)

    def _unavailable(self, code: str) -> Response:
        return unavailable(code, "send it again", self._retry_after).response()
