"""Measures the seconds from a webhook to its row, compared with the seconds of a batch."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from bench.receive import post, requests
from bench.receivers import bluetick, started
from bench.timing import Line
from bluetick.local.broker import EmbeddedBroker
from consumer.settings import ConsumerSettings
from schemas.create_topics import ensure_topics
from warehouse.connection import Location, WarehouseError, connect
from warehouse.transaction import Busy

POSTS = 20
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


def _await_rows(reader: duckdb.DuckDBPyConnection, count: int) -> None:
    while reader.execute("SELECT count(*) FROM statuses").fetchall()[0][0] < count:
        time.sleep(0.005)


def lines() -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker(0) as broker:
        ensure_topics(broker.bootstrap)
        with (
            started(bluetick, broker.bootstrap) as (port, _),
            landing(broker.bootstrap, folder) as reader,
        ):
            waited = []
            for number, pending in enumerate(requests(port)[: POSTS + 1]):
                start = time.perf_counter()
                post(port, [pending])
                _await_rows(reader, number + 1)
                waited.append(time.perf_counter() - start)
    del waited[0]  # the consumer was still starting
    batch = ConsumerSettings("", Location.under(Path())).batch_seconds
    ratios = [seconds / batch for seconds in waited]
    yield Line(
        "from the POST of a status to its row",
        "s",
        statistics.median(waited),
        "--batch-seconds",
        batch,
        statistics.median(ratios),
        (min(ratios), max(ratios)),
    )
