"""Compares POSTs to the receiver with its two peers, in `bench/receivers.py`."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import psutil

from bench.bodies import statuses
from bench.receivers import SECRET, bare, bluetick, in_an_hour, started
from bench.timing import Line, Work, compare
from bluetick.local.broker import EmbeddedBroker
from schemas.create_topics import ensure_topics

POSTS = 2_000
RUNS = 5
CONNECTIONS = 32
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def requests(port: int) -> list[bytes]:
    """Complete HTTP requests, each with one new status."""
    return [request(port, statuses(1, number)) for number in range(POSTS)]


def request(port: int, body: bytes) -> bytes:
    """A complete HTTP request with this body."""
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST /webhooks/meta HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def post(port: int, pending: list[bytes]) -> None:
    """Sends all requests over up to CONNECTIONS connections; each must be answered with 200."""
    asyncio.run(_post(port, pending))


async def _post(port: int, pending: list[bytes]) -> None:
    left = list(pending)

    async def connection() -> None:
        stream = await connected(port)
        while left:
            await exchange(stream, left.pop())
        stream[1].close()

    await asyncio.gather(*(connection() for _ in range(min(CONNECTIONS, len(left)))))


async def connected(port: int) -> Stream:
    """A new connection to the server on this port."""
    return await asyncio.open_connection("127.0.0.1", port)


async def exchange(stream: Stream, pending: bytes) -> None:
    """Sends one request, and reads its answer, which must be 200."""
    reader, writer = stream
    writer.write(pending)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
    await reader.readexactly(length)


def lines() -> Iterator[Line]:
    # A client in this process would compete with other threads for the interpreter.
    context = multiprocessing.get_context("spawn")
    with EmbeddedBroker(0) as broker, ProcessPoolExecutor(1, mp_context=context) as client:
        ensure_topics(broker.bootstrap)
        with ExitStack() as servers:
            ours, least, user = (
                servers.enter_context(started(serve, broker.bootstrap))
                for serve in (bluetick, bare, in_an_hour)
            )

            def posts(server: tuple[int, int]) -> Work:
                pending = requests(server[0])
                return lambda: client.submit(post, server[0], pending).result()

            for name, peer in (("HMAC, JSON and 200", least), ("FastAPI, aiokafka", user)):
                before = [processor_seconds(server) for server in (ours, peer)]
                yield compare(
                    f"POSTs acknowledged by Kafka, {CONNECTIONS} connections",
                    "POSTs/s",
                    POSTS,
                    posts(ours),
                    name,
                    posts(peer),
                    runs=RUNS,
                )
                yield processor_line(name, before, [processor_seconds(s) for s in (ours, peer)])


def processor_seconds(server: tuple[int, int]) -> float:
    """Seconds of processor time that a server used until now."""
    times = psutil.Process(server[1]).cpu_times()
    return times.user + times.system


def processor_line(name: str, before: list[float], after: list[float]) -> Line:
    """Processor time of a POST, which depends less on other load than the rate."""
    posts = POSTS * (RUNS + 1)
    mine, theirs = ((end - start) / posts * 1e6 for start, end in zip(before, after, strict=True))
    ratio = mine / theirs
    return Line("processor time of a POST", "µs", mine, name, theirs, ratio, (ratio, ratio))
