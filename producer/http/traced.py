"""Makes spans of requests that an application answers."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings.tracing import Tracing


class Traced:
    """A span for a POST, named by its route. It holds the status, and nothing of the sender."""

    def __init__(self, app: ASGIApp, tracing: Tracing, route: str) -> None:
        self._app, self._tracing, self._route = app, tracing, route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or not self._tracing.chosen(self._route):
            await self._app(scope, receive, send)
            return
        with self._tracing.post(self._route) as span:

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self._app(scope, receive, watched)
