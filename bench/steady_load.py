"""Statuses at a steady rate, from a process of their own."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from bench.bodies import statuses
from bench.receive import Stream, connected, exchange, request

POSTS_A_SECOND = 100
STATUSES_A_POST = 10
# It ends then by itself, should nobody stop it.
LONGEST_SECONDS = 300.0


@dataclass(slots=True)
class Load:
    """`rate` is what was acknowledged, in statuses a second; it is known after the load."""

    rate: float = 0.0


@contextmanager
def steady_load(port: int) -> Iterator[Load]:
    """Posts within the `with` block, however long the answers take; each must be a 200."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(port, theirs))
    process.start()
    load = Load()
    try:
        yield load
        ours.send("stop")
        load.rate = ours.recv()
    finally:
        process.terminate()
        process.join()


def _run(port: int, control: Connection) -> None:
    control.send(asyncio.run(_load(port, control)))
    control.recv()  # until it is ended


async def _load(port: int, control: Connection) -> float:
    idle: list[Stream] = []
    tasks: set[asyncio.Task[None]] = set()

    async def one(number: int) -> None:
        stream = idle.pop() if idle else await connected(port)
        body = statuses(STATUSES_A_POST, number * STATUSES_A_POST)
        await exchange(stream, request(port, body))
        idle.append(stream)

    start, number = time.monotonic(), 0
    while not control.poll() and time.monotonic() < start + LONGEST_SECONDS:
        tasks.add(asyncio.create_task(one(number)))
        number += 1
        await asyncio.sleep(start + number / POSTS_A_SECOND - time.monotonic())
        for task in [task for task in tasks if task.done()]:
            task.result()
            tasks.remove(task)
    await asyncio.gather(*tasks)
    return number * STATUSES_A_POST / (time.monotonic() - start)
