"""Writers that land at the same time, each in a process of its own with its own partition."""

from __future__ import annotations

import multiprocessing
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any

from bench.decode import frames, records
from consumer.writer import land, read
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES
from warehouse.advisory_lock import AdvisoryLock, turn
from warehouse.connection import Location, connect, create
from warehouse.offsets import Log, Span, live_positions, open_partitions
from warehouse.recent_statuses import open_recent_statuses
from warehouse.transaction import transact

LOG = Log("bench", "bench", STATUSES.name)
MOST = 8  # writers
# Long, so that a busy machine is not taken for a holder that has frozen.
PATIENCE_SECONDS, ATTEMPTS = 600.0, 50


@dataclass(frozen=True, slots=True)
class Landing:
    """Seconds of one landing: of the clock from the decoding to the commit, and of the processor.

    `decoding` can happen in all consumers at once, and `landing` in one at a time.
    """

    clock: float
    decoding: float
    landing: float


def prepare(location: Location) -> None:
    """Makes the warehouse, with a partition for each writer."""
    with connect(location) as connection:
        create(connection)
        firsts = {(LOG, number): 0 for number in range(MOST)}
        transact(connection, lambda: open_partitions(connection, firsts))


def together(
    location: Location, *, writers: int, batches: int, rows: int, first: int
) -> tuple[float, list[Landing]]:
    """Lands `batches` batches of `rows` statuses in each writer.

    Returns the seconds until all have ended, and the landings. `first` numbers the messages: no two
    calls may use the same numbers.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(writers + 1)
    results: Any = context.Queue()
    processes = [
        context.Process(
            target=_write,
            args=(location, number, batches, rows, first + number * batches * rows),
            kwargs={"barrier": barrier, "results": results},
        )
        for number in range(writers)
    ]
    for process in processes:
        process.start()
    barrier.wait()
    began = time.perf_counter()
    found = [landing for _ in processes for landing in results.get()]
    took = time.perf_counter() - began
    for process in processes:
        process.join()
    return took, found


def _write(
    location: Location,
    partition: int,
    batches: int,
    rows: int,
    first: int,
    *,
    barrier: Barrier,
    results: Any,
) -> None:
    registry = DerivedRegistry()
    assert location.folder
    lock = turn(location)
    if isinstance(lock, AdvisoryLock):
        lock = AdvisoryLock(location, patience=PATIENCE_SECONDS)
    folder = Path(location.folder) / f"writer-{partition}"
    folder.mkdir(exist_ok=True)
    recent = open_recent_statuses(folder / "states")
    assert recent
    with connect(location) as connection, closing(recent):
        at = live_positions(connection)[LOG, partition]
        recent.fill(connection)
        made = [frames(rows, first + number * rows) for number in range(batches)]
        landings = []
        barrier.wait()
        for number, values in enumerate(made):
            start = at + number * rows
            clock, cpu = time.perf_counter(), time.process_time()
            batch = read(
                [Span(LOG, partition, start, start + rows)],
                records(values, partition, start),
                registry,
            )
            decoded = time.process_time()
            land(connection, batch, lock=lock, recent=recent, attempts=ATTEMPTS)
            landings.append(
                Landing(time.perf_counter() - clock, decoded - cpu, time.process_time() - decoded)
            )
    results.put(landings)
