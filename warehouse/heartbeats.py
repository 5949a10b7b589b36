"""When each consumer last reported that it works, and how much of Kafka it had not landed."""

from __future__ import annotations

import duckdb

from warehouse.compaction import replace_rows
from warehouse.transaction import transact
from warehouse.write_lock import Turn

# Consumers that have not reported for this time are forgotten.
FORGET = "1 HOUR"


def beat(
    connection: duckdb.DuckDBPyConnection,
    consumer: str,
    *,
    partitions: int,
    waiting: int,
    lock: Turn | None = None,
) -> None:
    """Reports that a consumer works: how many partitions it reads, and how many of their records
    wait in Kafka. `consumer` names its process.

    Raises Busy if the warehouse cannot be written now; then nothing has changed.
    """
    mine = {"consumer": consumer, "partitions": partitions, "waiting": waiting}
    query = (
        "SELECT * FROM heartbeats "
        f"WHERE consumer <> $consumer AND beat_at > now() - INTERVAL {FORGET} "
        "UNION ALL BY NAME SELECT $consumer::VARCHAR AS consumer, now() AS beat_at, "
        "$partitions::BIGINT AS partitions, $waiting::BIGINT AS waiting"
    )
    transact(
        connection,
        lambda: replace_rows(connection, "heartbeats", query, mine),
        attempts=3,
        lock=lock,
    )
