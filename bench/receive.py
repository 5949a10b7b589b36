"""Compares a POST to the receiver with an endpoint that only checks the signature and parses."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.bodies import statuses
from bench.timing import Line, compare
from bluetick.local.broker import EmbeddedBroker, free_port
from producer.http.server import Server
from schemas.create_topics import ensure_topics
from settings.limits import Limits
from settings.sources import Config

POSTS = 1_000
CONNECTIONS = 32
SECRET = "bench"
CONFIG = Config.model_validate(
    {"sources": {"meta": {"dialect": "cloud", "auth": "hmac", "app_secrets": [SECRET]}}}
)


def requests(port: int) -> list[bytes]:
    """Complete HTTP requests, each with one new status."""
    found = []
    for number in range(POSTS):
        body = statuses(1, number)
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        head = (
            f"POST /webhooks/meta HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Content-Type: application/json\r\n"
            f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
    return found


def post(port: int, pending: list[bytes]) -> None:
    """Sends all requests over CONNECTIONS connections; each must be answered with 200."""
    asyncio.run(_post(port, pending))


async def _post(port: int, pending: list[bytes]) -> None:
    left = list(pending)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left:
            writer.write(left.pop())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))


@contextmanager
def least_receiver() -> Iterator[int]:
    """The port of an endpoint that does as little as a webhook receiver can."""

    async def take(request: Request) -> Response:
        body = await request.body()
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        given = request.headers["x-hub-signature-256"].removeprefix("sha256=")
        assert hmac.compare_digest(expected, given)
        orjson.loads(body)
        return Response()

    port = free_port()
    app = Starlette(routes=[Route("/webhooks/meta", take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=port, access_log=False, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def receiving(bootstrap: str) -> Iterator[int]:
    """The port of a real receiver."""
    server = Server(CONFIG, host="127.0.0.1", port=0, bootstrap=bootstrap, limits=Limits())
    thread = threading.Thread(target=server.serve_until_stopped)
    thread.start()
    try:
        yield server.port
    finally:
        server.should_exit = True
        thread.join()


def lines() -> Iterator[Line]:
    # A client in this process would compete with the servers' threads for the interpreter.
    context = multiprocessing.get_context("spawn")
    with (
        EmbeddedBroker(0) as broker,
        least_receiver() as idle,
        ProcessPoolExecutor(1, mp_context=context) as client,
    ):
        ensure_topics(broker.bootstrap)
        with receiving(broker.bootstrap) as port:
            ours, theirs = requests(port), requests(idle)
            yield compare(
                f"POSTs acknowledged by Kafka, {CONNECTIONS} connections",
                "POSTs/s",
                POSTS,
                lambda: client.submit(post, port, ours).result(),
                "HMAC, JSON and 200",
                lambda: client.submit(post, idle, theirs).result(),
            )
