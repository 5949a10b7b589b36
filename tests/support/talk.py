"""The receiver's HTTP protocol without a socket: takes pieces of bytes, and gives requests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from producer.http.clients import Clients
from producer.http.connections import Connections
from producer.http.protocol import protocol
from settings.limits import Limits

QUIET_TURNS = 20  # of the event loop, after which nothing more will come by itself


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as the application has read it; `whole`: it was read to its end."""

    method: str
    path: str
    body: bytes
    whole: bool


@dataclass(slots=True)
class Talk:
    """The result of a connection: the requests and the bytes of the answers."""

    heard: list[Heard]
    written: bytes
    closed: bool


class _Wire(asyncio.Transport):
    """A connection that keeps all bytes that are written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:  # type: ignore[override]
        if not self.closed:
            self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def talk(pieces: Iterable[bytes], *, hasty: bool = False) -> Talk:
    """Sends the pieces, until the connection is closed, to an application that reads bodies.

    With `hasty`, the application answers before it reads. It never answers requests for `/wait`.
    """
    return asyncio.run(_talk(pieces, hasty))


async def _talk(pieces: Iterable[bytes], hasty: bool) -> Talk:
    heard: list[Heard] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        message: Message = {"type": "http.request", "more_body": not hasty}
        body = b""
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        whole = message["type"] == "http.request"
        heard.append(Heard(scope["method"], scope["path"], body, whole))
        if scope["path"] == "/wait":
            await asyncio.Event().wait()
        answer = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": answer})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(application, ws="none", lifespan="off", log_config=None)
    wire = _Wire()
    limits = Limits()
    guarded = protocol(limits, Connections(limits, Clients(), admin_port=0))
    found = guarded(config=config, server_state=ServerState(), app_state={})
    found.connection_made(wire)
    for piece in pieces:
        if wire.closed:
            break
        found.data_received(piece)
        await _settled(wire)
    closed = wire.closed
    found.connection_lost(None)
    await _settled(wire)
    return Talk(heard, wire.written, closed)


async def _settled(wire: _Wire) -> None:
    written, quiet = -1, 0
    while quiet < QUIET_TURNS:
        quiet = quiet + 1 if written == len(wire.written) else 0
        written = len(wire.written)
        await asyncio.sleep(0)
