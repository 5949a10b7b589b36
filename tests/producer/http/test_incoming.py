"""The head of a request."""

from __future__ import annotations

from starlette.types import Message

from producer.http.incoming import Incoming


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def test_the_first_of_several_headers_counts() -> None:
    headers = [(b"x-name", b"first"), (b"content-type", b"\xe9"), (b"x-name", b"second")]
    request = Incoming({"headers": headers}, _nothing)
    assert request.headers == {"x-name": "first", "content-type": "é"}


def test_path_and_query() -> None:
    scope = {"headers": [], "method": "POST", "path": "/webhooks/meta", "query_string": b"a=%20b"}
    request = Incoming(scope, _nothing)
    assert (request.method, request.name, request.query) == ("POST", "meta", "a=%20b")
