"""The consumer's Prometheus metrics. All series of labels known beforehand start at 0."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Sequence
from importlib.metadata import version

import duckdb
from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from consumer.decode import Record
from schemas import topics
from schemas.topics import BY_NAME
from warehouse.connection import Location, wal_bytes
from warehouse.memory_limit import size
from warehouse.offsets import Move

disable_created_metrics()  # type: ignore[no-untyped-call]  # start times are not used

BUILD = Gauge("bluetick_build_info", "Always 1, with the version as its label.", ["version"])
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
FAILED_ATTEMPTS = Counter(
    "bluetick_landing_failed_attempts",
    "Transactions that failed because of another writer, a lock, a full disk or a server.",
)
PARTITIONS = Gauge("bluetick_assigned_partitions", "Partitions that this consumer reads.")
LAG = Gauge("bluetick_lag_records", "Records in Kafka that have not landed yet.", ["topic"])
LAST_LANDED = Gauge("bluetick_last_landed_timestamp_seconds", "Time at which a batch last landed.")
AGE = Histogram(
    "bluetick_event_age_seconds",
    "Seconds in Kafka of the oldest record of each batch when it landed.",
    buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400),
)
NEWEST = Gauge(
    "bluetick_newest_record_timestamp_seconds",
    "Time at which the newest record of the last batch was written to Kafka.",
)
WAL_BYTES = Gauge(
    "bluetick_catalog_wal_bytes",
    "Bytes of the SQLite catalog's write-ahead log; a reader that stays open lets it grow.",
)
DISK = Gauge("bluetick_disk_bytes", "Size of the disk with the data folder.")
DISK_FREE = Gauge("bluetick_disk_free_bytes", "Free bytes on the disk with the data folder.")
MEMORY_LIMIT = Gauge("bluetick_memory_limit_bytes", "Bytes of memory that DuckDB may use.")

BUILD.labels(version("bluetick")).set(1)
for _topic in topics.LANDED:
    for _metric in (LANDED, DUPLICATES, CONFLICTS):
        _metric.labels(_topic.table)
    DEAD_LETTERS.labels(_topic.name)
    LAG.labels(_topic.name)


def watch_storage(location: Location) -> None:
    """Reports the sizes of log and disk each time Prometheus reads them."""
    WAL_BYTES.set_function(lambda: wal_bytes(location))
    DISK.set_function(lambda: _disk(location)[0])
    DISK_FREE.set_function(lambda: _disk(location)[1])


def _disk(location: Location) -> tuple[float, float]:
    """Size and free bytes of the disk; not a number if there is no data folder."""
    try:
        usage = shutil.disk_usage(location.folder or "")
    except OSError:
        return math.nan, math.nan
    return usage.total, usage.free


def report_memory_limit(connection: duckdb.DuckDBPyConnection) -> None:
    """Reports the memory limit of this connection."""
    rows = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    MEMORY_LIMIT.set(size(str(rows[0][0])))


def count_batch(moves: Sequence[Move], records: Sequence[Record]) -> None:
    """Counts one landed batch, and how long its records have waited in Kafka."""
    for move in moves:
        table = BY_NAME[move.log.topic].table or ""
        LANDED.labels(table).inc(move.landed)
        DUPLICATES.labels(table).inc(move.duplicates)
        CONFLICTS.labels(table).inc(move.conflicts)
        DEAD_LETTERS.labels(move.log.topic).inc(move.dead_letters)
    LAST_LANDED.set_to_current_time()
    if records:  # none if only offsets were skipped
        now = time.time()
        written = [record.timestamp / 1_000_000 for record in records]
        AGE.observe(max(now - min(written), 0))  # a writer's clock may be ahead
        NEWEST.set(min(max(written), now))
