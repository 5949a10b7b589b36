"""A small TCP load balancer: new connections go to servers whose /readyz says 200."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.support.ports import HOST

CHECK_SECONDS = 0.1
READY = b"HTTP/1.1 200 "


class Balancer:
    """Spreads connections over the servers at `ports`, and asks each for /readyz again and again.

    Without a ready server, connections wait. It passes on bytes and tries nothing twice. So what a
    server refuses or cuts off, the client sees.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self.port = 0
        self.ready: set[int] = set()
        self._ports = ports
        self._any = asyncio.Event()
        self._turns = itertools.count()
        self._pipes: set[asyncio.Task[None]] = set()

    async def run(self, started: threading.Event, end: threading.Event) -> None:
        """Serves on a free port until `end`."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        async with server:
            while not end.is_set():
                await asyncio.gather(*(self._check(port) for port in self._ports))
                await asyncio.sleep(CHECK_SECONDS)
        for pipe in self._pipes:
            pipe.cancel()

    async def _check(self, port: int) -> None:
        self.ready.discard(port) if not await _is_ready(port) else self.ready.add(port)
        self._any.set() if self.ready else self._any.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._any.wait()
        ready = sorted(self.ready)
        port = ready[next(self._turns) % len(ready)]
        try:
            answers, requests = await asyncio.open_connection(HOST, port)
        except OSError:
            writer.transport.abort()
            return
        for source, sink in ((reader, requests), (answers, writer)):
            pipe = asyncio.create_task(_pass_on(source, sink))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"GET /readyz HTTP/1.1\r\nhost: balancer\r\nconnection: close\r\n\r\n")
        answer = await reader.read(len(READY))
        writer.close()
    except OSError:
        return False
    return answer == READY


@contextmanager
def balancer(ports: Sequence[int]) -> Iterator[Balancer]:
    """A balancer in a thread of its own."""
    one, started, end = Balancer(ports), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(one.run(started, end)))
    thread.start()
    try:
        started.wait()
        yield one
    finally:
        end.set()
        thread.join()
