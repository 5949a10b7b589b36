"""The time between SIGTERM and the end, in which a load balancer finds another receiver."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLOSE = (b"connection", b"close")


class Drain:
    """Whether the receiver is about to end; it still answers every request meanwhile."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until: float | None = None

    def begin(self) -> None:
        """Begins, unless it has begun already."""
        if self._until is None:
            self._until = time.monotonic() + self.seconds

    @property
    def begun(self) -> bool:
        return self._until is not None

    @property
    def over(self) -> bool:
        return self._until is not None and time.monotonic() >= self._until


class ClosesWhileDraining:
    """Closes a connection after its answer while the receiver is about to end.

    The client is told so in the answer. Without it, a client could send its next request at the
    moment when the receiver ends, and could not know whether the request was read.
    """

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self._app, self._drain = app, drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._drain.begun:
            await self._app(scope, receive, send)
            return

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), CLOSE]}
            await send(message)

        await self._app(scope, receive, closing)
