"""An HTTP parser that reads a request to its end though the sender offers another protocol.

Some senders offer HTTP/2 with every request (Java's own client, `curl --http2`). HTTP lets a server
ignore that, but llhttp leaves off after the head of such a request, as if the bytes that follow
were no HTTP any more. A fresh parser that was told how long the body is takes over there.
"""

from __future__ import annotations

from typing import Protocol

from httptools import HttpParserUpgrade, HttpRequestParser

# What tells a parser where a body ends.
FRAMING = (b"content-length", b"transfer-encoding")


class Connection(Protocol):
    """What the parsers of one connection call; each is told the request as if it were the only."""

    parser: HttpRequestParser
    headers: list[tuple[bytes, bytes]]  # of the current request, names in lower case
    interrupted: bool  # whether the current request's body is yet to be read

    def on_message_begin(self) -> None: ...
    def on_url(self, url: bytes) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_chunk_complete(self) -> None: ...
    def on_message_complete(self) -> None: ...


class PatientParser(HttpRequestParser):
    """httptools' parser; where it gives up, it puts its successor in its place."""

    def __init__(self, connection: Connection, callbacks: object | None = None) -> None:
        super().__init__(callbacks or connection)
        self._connection = connection
        # As uvicorn does: requests may follow one that said it were the last.
        self.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed_data(self, data: bytes | bytearray | memoryview) -> None:  # type: ignore[override]
        """Reads on, in all requests that the data hold. Raises HttpParserError."""
        parser: HttpRequestParser = self
        rest = memoryview(data)  # one piece may hold thousands of requests: never copied
        while True:
            try:
                HttpRequestParser.feed_data(parser, rest)
                return
            except HttpParserUpgrade as stopped:
                rest = rest[stopped.args[0] :]
            parser = self._connection.parser = self._successor()

    def _successor(self) -> PatientParser:
        if not self._connection.interrupted:
            return PatientParser(self._connection)
        self._connection.interrupted = False
        parser = PatientParser(self._connection, _BodyFirst(self._connection))
        lines = [
            name + b": " + value + b"\r\n"
            for name, value in self._connection.headers
            if name in FRAMING
        ]
        HttpRequestParser.feed_data(parser, b"POST / HTTP/1.1\r\n" + b"".join(lines) + b"\r\n")
        return parser


class _BodyFirst:
    """Keeps from the connection the head it has seen, and tells it all that comes after."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open = False
        self.on_body = connection.on_body
        self.on_chunk_complete = connection.on_chunk_complete
        self.on_message_complete = connection.on_message_complete

    def on_message_begin(self) -> None:
        if self._open:
            self._connection.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self._open:
            self._connection.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._open:
            self._connection.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._open:
            self._connection.on_headers_complete()
        self._open = True
