"""Posting like a provider: authenticated for each kind of source, and again after a 503."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from starlette.datastructures import Headers

from bluetick.simulator.poster import Poster, PostRefused, headers
from producer.http.auth import check_body, check_headers
from producer.http.errors import Refusal
from settings.sources import Source
from tests.support.ports import free_port

OPEN = Source(name="open", auth="none")
SOURCES = [
    Source(name="hmac", auth="hmac", app_secrets=("new", "old")),
    Source(name="basic", auth="basic", username="bluetick", password="päss:word"),
    Source(name="header", auth="header", header="X-Webhook-Token", token="t"),
    OPEN,
]


@contextmanager
def answering(*statuses: int, retry_after: str | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers with these statuses in turn, and the bodies that it received."""
    bodies: list[bytes] = []
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(left.pop(0))
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", bodies
        finally:
            server.shutdown()
            thread.join()


def post(url: str, source: Source = OPEN, *, give_up_after: float | None = None) -> bool:
    async def go() -> bool:
        poster = Poster(url)
        if give_up_after is not None:
            asyncio.get_running_loop().call_later(give_up_after, poster.give_up)
        try:
            return await poster.post(source, b"{}")
        finally:
            await poster.close()

    return asyncio.run(go())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_the_receiver_accepts_what_is_posted_as_authentic(source: Source) -> None:
    body = '{"name":"Zoë \\/ \\u00e9"}'.encode()
    sent = Headers(headers(source, body))
    assert sent["content-type"] == "application/json"
    check_headers(source, sent)
    check_body(source, sent, body)
    if source.auth == "hmac":
        with pytest.raises(Refusal):
            check_body(source, sent, body + b" ")


def test_it_posts_again_until_it_is_acknowledged() -> None:
    with answering(503, 500, 429, 200, retry_after="0") as (url, bodies):
        assert post(url) is True
    assert bodies == [b"{}"] * 4


def test_what_is_refused_is_not_posted_again() -> None:
    with answering(401) as (url, bodies), pytest.raises(PostRefused, match=r"/webhooks/open .*401"):
        post(url)
    assert len(bodies) == 1


def test_it_stops_only_on_request() -> None:
    assert post(f"http://127.0.0.1:{free_port()}", give_up_after=0.3) is False


def test_it_finds_out_whether_the_receiver_answers() -> None:
    async def ask(url: str) -> bool:
        poster = Poster(url)
        try:
            return await poster.reachable()
        finally:
            await poster.close()

    with answering() as (url, _):
        assert asyncio.run(ask(url))
    assert not asyncio.run(ask(f"http://127.0.0.1:{free_port()}"))
