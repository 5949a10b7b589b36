"""Compares landing with its limit, and with a consumer that decodes and inserts, and no more."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pandas as pd

from bench.decode import frames, records
from bench.timing import Line, compare
from consumer.decode import decode
from consumer.writer import land, read
from schemas.codec import decode as decode_one
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES
from warehouse.connection import Location, connect, create
from warehouse.offsets import Log, Span, open_partitions
from warehouse.recent_statuses import open_recent_statuses
from warehouse.transaction import transact

PARTITIONS = 30  # as of five topics with six partitions each
BATCH = 1_600 * PARTITIONS
RUNS = 5


def lines() -> Iterator[Line]:
    registry = DerivedRegistry()
    log = Log("bench", "bench", STATUSES.name)
    # Each landing needs new rows: one batch for the warm-up, and RUNS batches, for each line.
    batches = [frames(BATCH, number * BATCH) for number in range(2 * (RUNS + 1))]
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Location.under(Path(folder))) as connection,
    ):
        create(connection)
        recent = open_recent_statuses(Path(folder) / "states")
        assert recent
        places = {(log, partition): 0 for partition in range(PARTITIONS)}
        transact(connection, lambda: open_partitions(connection, places))
        plain = decode(STATUSES, records(batches[0]), registry).rows.to_arrow()
        connection.register("plain", plain)
        connection.execute("CREATE TABLE appended AS FROM statuses LIMIT 0")
        numbers = count()

        def ours() -> object:
            number = next(numbers)
            each = BATCH // PARTITIONS
            start = number * each
            spans = [Span(log, partition, start, start + each) for partition in range(PARTITIONS)]
            values = batches[number]
            read_back = [
                record
                for partition in range(PARTITIONS)
                for record in records(values[partition * each :][:each], partition, start)
            ]
            moves = land(connection, read(spans, read_back, registry), recent=recent)
            assert sum(move.landed for move in moves) == BATCH
            return moves

        def plain_insert() -> object:
            return connection.execute("INSERT INTO appended BY NAME FROM plain")

        def plain_consumer() -> object:
            """What a consumer does without Bluetick: no offsets, no comparison, no sums."""
            rows = [decode_one(value, registry) for value in batches[0]]
            decoded = pd.DataFrame(rows).astype({"event_id": str})
            connection.register("decoded", decoded)
            return connection.execute("INSERT INTO appended BY NAME FROM decoded")

        for name, peer in (
            ("INSERT into DuckLake", plain_insert),
            ("fastavro, pandas and INSERT", plain_consumer),
        ):
            yield compare(
                f"decode and land {BATCH:,} records, {PARTITIONS} partitions",
                "records/s",
                BATCH,
                ours,
                name,
                peer,
                runs=RUNS,
            )
