"""An HTTP parser that reads a request to its end, even if the sender offers another protocol.

Some senders offer HTTP/2 with every request (Java's own client, `curl --http2`). A server may
ignore the offer, but llhttp stops after the head of such a request, as if the bytes that follow
were not HTTP. A new parser, which gets the headers that give the body's length, continues there.
"""

from __future__ import annotations

from typing import Protocol

from httptools import HttpParserUpgrade, HttpRequestParser

# The headers from which a parser knows where a body ends.
FRAMING = (b"content-length", b"transfer-encoding")


class Connection(Protocol):
    """The object whose methods all parsers of one connection call."""

    parser: HttpRequestParser
    headers: list[tuple[bytes, bytes]]  # of the current request, names in lower case
    interrupted: bool  # the parser stopped before the current request's body

    def on_message_begin(self) -> None: ...
    def on_url(self, url: bytes) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_chunk_complete(self) -> None: ...
    def on_message_complete(self) -> None: ...


class PatientParser(HttpRequestParser):
    """httptools' parser. When it stops, it makes a new one and stores it in the connection."""

    def __init__(self, connection: Connection, callbacks: object | None = None) -> None:
        super().__init__(callbacks or connection)
        self._connection = connection
        # As uvicorn does: accept requests after one that announced the end of the connection.
        self.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed_data(self, data: bytes | bytearray | memoryview) -> None:  # type: ignore[override]
        """Parses `data`, which may hold several requests. Raises HttpParserError."""
        parser: HttpRequestParser = self
        rest = memoryview(data)  # not copied: one piece may hold thousands of requests
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
    """The callbacks of a new parser: skips the head, which is known, and passes on the rest."""

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
