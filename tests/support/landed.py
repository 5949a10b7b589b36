"""Compares everything that consumer processes have landed in a warehouse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb

from bluetick.replay.publisher import BulkPublisher
from bluetick.watermarks import extents
from producer.encode import batch_of
from schemas.codec import Encoder
from schemas.topics import LANDED, TOPICS
from settings.sources import Source
from tests.support.records import REGISTRY
from tests.support.waiting import wait_for
from warehouse.connection import Location, WarehouseError, connect
from warehouse.rollups import GROUPS, SUMMED
from warehouse.tables import tables

# These change with every batch or from time to time, even if the content is the same.
BOOKS = ("kafka_offsets", "landing_fence", "heartbeats")


def receive(bootstrap: str, source: Source, bodies: Sequence[bytes], received_at: int) -> None:
    """Publishes the receiver's records of these bodies, each received one second after another."""
    encoders = {topic: Encoder(topic, REGISTRY) for topic in TOPICS}
    publisher = BulkPublisher(bootstrap)
    for number, body in enumerate(bodies):
        when = received_at + number * 1_000_000
        publisher.send(batch_of(body, source, "application/json", when, encoders).records)
    publisher.flush()


def await_all_landed(bootstrap: str, data_dir: Path) -> None:
    """Waits until everything that is published now has landed."""
    ends = extents(bootstrap, [topic.name for topic in LANDED])

    with ExitStack() as stack:
        opened: list[duckdb.DuckDBPyConnection] = []

        def landed() -> bool:
            if not opened:  # once, because attaching a warehouse takes longer than a query
                try:
                    reader = connect(Location.under(data_dir), read_only=True, threads=1)
                except WarehouseError:
                    return False
                opened.append(stack.enter_context(reader))
            rows = opened[0].execute(
                "SELECT topic, partition, max(next_offset) FROM kafka_offsets "
                "WHERE retired_at IS NULL GROUP BY ALL"
            )
            reached = {(topic, partition): end for topic, partition, end in rows.fetchall()}
            return all(reached.get(place, -1) >= extent.end for place, extent in ends.items())

        wait_for(landed)


def contents(data_dir: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    """Every row of every table with the number of its copies, without tables of offsets.

    Of `rollups`, the sums.
    """
    with connect(Location.under(data_dir), read_only=True, threads=1) as connection:
        return {
            name: Counter(
                connection.execute(
                    f"SELECT {SUMMED} FROM rollups {GROUPS}"
                    if name == "rollups"
                    else f"FROM {name}"
                ).fetchall()
            )
            for name in tables()
            if name not in BOOKS
        }
