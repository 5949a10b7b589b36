"""The consumer's Prometheus metrics."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from schemas.topics import BY_NAME
from warehouse.connection import Location, wal_bytes
from warehouse.offsets import Move

LANDED = Counter("bluetick_landed_rows", "Rows landed.", ["table"])
DUPLICATES = Counter("bluetick_duplicate_rows", "Repeated events that were dropped.", ["table"])
CONFLICTS = Counter(
    "bluetick_conflicting_rows",
    "Rows landed although the same event_id had landed with other content.",
    ["table"],
)
DEAD_LETTERS = Counter(
    "bluetick_undecodable_records", "Records that became dead letters.", ["topic"]
)
BATCH_SECONDS = Histogram("bluetick_landing_seconds", "Time to decode and land one batch.")
RETRIES = Counter(
    "bluetick_landing_retries", "Batches tried again because the warehouse or the broker was busy."
)
LAG = Gauge("bluetick_lag_records", "Records in Kafka that have not landed yet.", ["topic"])
LAST_LANDED = Gauge("bluetick_last_landed_timestamp_seconds", "Time at which a batch last landed.")

WAL_BYTES = Gauge(
    "bluetick_catalog_wal_bytes",
    "Bytes of the SQLite catalog's write-ahead log; a reader that stays open lets it grow.",
)


def watch_wal(location: Location) -> None:
    """Reports the size of the catalog's write-ahead log each time Prometheus reads it."""
    WAL_BYTES.set_function(lambda: wal_bytes(location))


def count_batch(moves: list[Move]) -> None:
    """Counts one landed batch."""
    for move in moves:
        table = BY_NAME[move.log.topic].table or ""
        LANDED.labels(table).inc(move.landed)
        DUPLICATES.labels(table).inc(move.duplicates)
        CONFLICTS.labels(table).inc(move.conflicts)
        DEAD_LETTERS.labels(move.log.topic).inc(move.dead_letters)
    LAST_LANDED.set_to_current_time()
