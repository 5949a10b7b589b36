"""The receiver and its two peers, each in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import multiprocessing
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import orjson
import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, HTTPException, Request

from bluetick.local.broker import free_port
from producer.http.listeners import listen_on_both
from producer.http.server import serve
from settings.sources import Config

SECRET = "bench"
CONFIG = Config.model_validate(
    {"sources": {"meta": {"dialect": "cloud", "auth": "hmac", "app_secrets": [SECRET]}}}
)


def bluetick(port: int, bootstrap: str) -> None:
    """The receiver."""
    serve(CONFIG, listen_on_both("127.0.0.1", port, "127.0.0.1", 0), bootstrap=bootstrap)


def bare(port: int, bootstrap: str) -> None:  # noqa: ARG001
    """As little as a webhook receiver can do: checks the signature, parses, answers 200."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        assert _genuine(body, dict(scope["headers"])[b"x-hub-signature-256"].decode())
        orjson.loads(body)
        await send({"type": "http.response.start", "status": 200, "headers": _EMPTY})
        await send({"type": "http.response.body", "body": b""})

    _run(app, port)


_EMPTY = [(b"content-length", b"0")]


def in_an_hour(port: int, bootstrap: str) -> None:
    """What a user would write in an hour: FastAPI, aiokafka, a record of JSON for each status."""
    producer = None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal producer
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)
        await producer.start()
        yield
        await producer.stop()

    app = FastAPI(lifespan=lifespan)

    @app.post("/webhooks/meta")
    async def take(request: Request) -> dict[str, str]:
        body = await request.body()
        if not _genuine(body, request.headers["x-hub-signature-256"]):
            raise HTTPException(401)
        found = [
            status
            for entry in orjson.loads(body)["entry"]
            for change in entry["changes"]
            for status in change["value"]["statuses"]
        ]
        assert producer
        sent = [await producer.send("whatsapp.raw", body)]
        for status in found:
            record = orjson.dumps(status)
            sent.append(await producer.send("whatsapp.statuses", record, status["id"].encode()))
        await asyncio.gather(*sent)
        return {"status": "ok"}

    _run(app, port)


def _genuine(body: bytes, signature: str) -> bool:
    expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature.removeprefix("sha256="))


def _run(app: Any, port: int) -> None:
    uvicorn.run(app, port=port, access_log=False, log_level="error")


@contextmanager
def started(serve: Callable[[int, str], None], bootstrap: str) -> Iterator[tuple[int, int]]:
    """The port and process id of a server that accepts connections."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(port, bootstrap))
    process.start()
    try:
        while not _accepts(port):
            assert process.is_alive()
            time.sleep(0.05)
        assert process.pid
        yield port, process.pid
    finally:
        process.terminate()
        process.join()


def _accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
