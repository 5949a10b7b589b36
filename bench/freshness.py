"""Measures the seconds from a webhook to its row at a steady load, beside those of a batch."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb

from bench.bodies import NOW, body, status
from bench.receive import post, request
from bench.receivers import bluetick, started
from bench.steady_load import steady_load
from bench.timing import Line
from bluetick.local.broker import EmbeddedBroker
from consumer.settings import ConsumerSettings
from schemas.create_topics import ensure_topics
from warehouse.connection import Location, WarehouseError, connect
from warehouse.transaction import Busy

PROBES = 200
PAUSE_SECONDS = 0.25  # between two probes, on average: they come at all moments of a batch
LOOK_SECONDS = 0.02
START_SECONDS = 60.0


@contextmanager
def landing(bootstrap: str, folder: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader's connection to the warehouse, which a consumer process fills meanwhile."""
    command = [sys.executable, "-m", "bluetick", "land", "--data-dir", folder]
    with subprocess.Popen(
        [*command, "--group-protocol", "static"],
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": bootstrap},
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            with _opened(Location.under(Path(folder))) as reader:
                yield reader
        finally:
            process.terminate()


def _opened(location: Location) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return connect(location, read_only=True)
        except (WarehouseError, Busy):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _probe(port: int, sent: dict[str, float]) -> None:
    """Posts a status at PROBES random moments; `sent` gets its message id and when that was."""
    pauses = random.Random(7)
    for number in range(PROBES):
        time.sleep(pauses.uniform(0, 2 * PAUSE_SECONDS))
        name = f"wamid.probe{number:06d}"
        pending = request(port, body([status(name, "sent", NOW, number)]))
        sent[name] = time.perf_counter()
        post(port, [pending])


def _waits(port: int, reader: duckdb.DuckDBPyConnection) -> list[float]:
    """The seconds of each probe from its POST until the reader finds its row."""
    sent: dict[str, float] = {}
    waits: dict[str, float] = {}
    with ThreadPoolExecutor(1) as thread:
        probing = thread.submit(_probe, port, sent)
        while not probing.done() or len(waits) < len(sent):
            if probing.done():
                probing.result()
            time.sleep(LOOK_SECONDS)
            if not (missing := [name for name in list(sent) if name not in waits]):
                continue
            marks = ", ".join("?" * len(missing))
            found = reader.execute(
                f"SELECT message_id FROM statuses WHERE message_id IN ({marks})", missing
            ).fetchall()
            waits |= {name: time.perf_counter() - sent[name] for (name,) in found}
    return list(waits.values())


def lines() -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker(0) as broker:
        ensure_topics(broker.bootstrap)
        with (
            started(bluetick, broker.bootstrap) as (port, _),
            landing(broker.bootstrap, folder) as reader,
            steady_load(port) as load,
        ):
            while reader.execute("SELECT count(*) FROM statuses").fetchall() == [(0,)]:
                time.sleep(LOOK_SECONDS)  # the consumer is still starting
            waits = sorted(_waits(port, reader))
    batch = ConsumerSettings("", Location.under(Path())).batch_seconds
    for name, percent in (("p50", 50), ("p99", 99)):
        seconds = statistics.quantiles(waits, n=100, method="inclusive")[percent - 1]
        yield Line(
            f"POST to row at {load.rate:,.0f} statuses/s, {name}",
            "s",
            seconds,
            "--batch-seconds",
            batch,
            seconds / batch,
            (waits[0] / batch, waits[-1] / batch),
        )
