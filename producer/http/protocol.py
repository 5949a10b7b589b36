"""HTTP connections with limits: senders cannot hold them open or fill the memory by sending
slowly or without end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from producer.http.body import WHOLE_BODY
from producer.http.connections import Connections
from producer.http.errors import error_body
from producer.http.parser import PatientParser
from settings.limits import Limits

MAX_HEADER_BYTES = 64 * 1024  # of a request without its body: head, trailers, chunk extensions
MAX_DISCARDED_BYTES = 16 * 1024 * 1024  # of a body whose request is already answered


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with a deadline for each request and limits on headers and clients."""

    limits: Limits
    open: Connections

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parser = PatientParser(self)
        self.interrupted = False
        self._place: str | None = None
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._in_headers = False
        self._fed = 0  # bytes of the current piece; 0 once a request began or ended in it
        self._header_bytes = 0
        self._chunk_bytes = 0
        self._discarded = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._place = self.open.enter(self.server, self.client[0] if self.client else "")
        if refusal := self.open.trouble(self._place):
            self._refuse(refusal.status, refusal.code, refusal.message, refusal.headers)
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._place is not None:
            self.open.leave(self._place)
            self._place = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._arm()
        self._fed = len(data)
        self._header_bytes += len(data)  # bytes of the body are subtracted in on_body
        super().data_received(data)
        if self._header_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
            self._refuse(
                431,
                "headers_too_large",
                f"send at most {MAX_HEADER_BYTES} bytes of headers and trailers",
            )

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._disarm()
        self._arm()
        self._header_bytes, self._fed = self._fed, 0
        self._in_headers, self._chunk_bytes, self._discarded = True, 0, 0

    def on_headers_complete(self) -> None:
        if self.parser.get_method() == b"CONNECT":
            raise ValueError("this is not a proxy")  # the parser's caller then answers 400
        self.interrupted = self.parser.should_upgrade()
        super().on_headers_complete()
        self._in_headers = False

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._allow(len(body))
        self._chunk_bytes += len(body)
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > MAX_DISCARDED_BYTES:
                self.transport.close()

    def on_chunk_complete(self) -> None:
        self._allow(len(f"{self._chunk_bytes:x}\r\n\r\n"))
        self._chunk_bytes = 0

    def on_message_complete(self) -> None:
        if self.interrupted:
            return  # the parser only stops here: the next one reads the body
        super().on_message_complete()
        self.scope[WHOLE_BODY] = True  # type: ignore[literal-required]  # uvicorn's keys only
        self._fed = 0
        if not self.cycle.response_complete:
            self._disarm()  # if it is answered, only the deadline ends an idle connection

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # its name is uvicorn's
        """Answers bytes that are not HTTP, with an error body instead of uvicorn's text."""
        self._refuse(400, "bad_request", "this is not a valid HTTP request")

    def _allow(self, size: int) -> None:
        """Subtracts `size` bytes that are part of the body, or of the framing of its chunks."""
        self._header_bytes = max(0, self._header_bytes - size)

    def _arm(self) -> None:
        """Sets the deadline unless there is one.

        The timer stays as it is, since a new one for each request costs more than one that comes
        too early.
        """
        if self._deadline is None:
            self._deadline = self.loop.time() + self.limits.request_seconds
            if self._timer is None:
                self._timer = self.loop.call_at(self._deadline, self._look)

    def _disarm(self) -> None:
        self._deadline = None

    def _look(self) -> None:
        """Called when the timer ends: the deadline may have moved meanwhile."""
        self._timer = None
        if self._deadline is None:
            return
        if self.loop.time() < self._deadline:
            self._timer = self.loop.call_at(self._deadline, self._look)
            return
        self._deadline = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._arm()  # the application has its own deadlines for body and answer
        else:
            self.transport.close()

    def _refuse(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Closes the connection, after an answer if one is possible, without the application."""
        body = error_body(code, message)
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        if self._may_answer():
            self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        if self.cycle is not None:  # the application sees a closed connection
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _may_answer(self) -> bool:
        """Whether the sender takes bytes written now as the answer to the current request."""
        if self.cycle is None:
            return True
        if self._in_headers:  # the cycle is the previous request's
            return self.cycle.response_complete
        return not (self.cycle.response_started or self.pipeline)


def protocol(limits: Limits, connections: Connections) -> type[GuardedProtocol]:
    """The protocol class for uvicorn, with these limits, counting these connections."""
    return type("LimitedProtocol", (GuardedProtocol,), {"limits": limits, "open": connections})
