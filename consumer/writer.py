"""Lands one batch in one transaction: rows, dead letters and offsets, all or nothing."""

from __future__ import annotations

import contextlib
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import polars as pl

from consumer.decode import EARLIEST_US, LATEST_US, Decoded, Poison, Record, decode
from consumer.landing import land as land_work
from schemas.content_hash import narrowed_sql
from schemas.registry import Registry
from schemas.topics import DEAD_LETTERS, SENDS, STATUSES, Topic
from warehouse import erasure, rollup_changes
from warehouse.arrow_tables import registered
from warehouse.known_messages import Known
from warehouse.offsets import Move, Span, advance
from warehouse.recent_statuses import RecentStatuses
from warehouse.suppression import suppressed
from warehouse.tables import tables
from warehouse.threads import one_thread
from warehouse.transaction import ATTEMPTS
from warehouse.write_lock import Turn

# Providers repeat a webhook for up to 7 days; one more day allows for wrong clocks and delays.
DEDUPE_WINDOW = timedelta(days=8)
# Below this, one thread lands a batch with less processor time than several.
FEW_ROWS = 10_000
POISON_NAMESPACE = uuid.UUID("6f1d3a52-9a57-5c0e-8a4e-6f0d9b3f2c11")


@dataclass(frozen=True, slots=True)
class Batch:
    """Decoded records of some partitions. `spans` covers every offset, also skipped ones."""

    spans: tuple[Span, ...]
    decoded: dict[Topic, Decoded]
    # Records that can be decoded but cannot land.
    set_apart: tuple[Poison, ...] = ()

    @property
    def poison(self) -> list[Poison]:
        """Every record that becomes a dead letter."""
        found = [item for decoded in self.decoded.values() for item in decoded.poison]
        return [*found, *self.set_apart]


def read(spans: Sequence[Span], records: Sequence[Record], registry: Registry) -> Batch:
    """Decodes a batch. Raises RegistryUnavailable."""
    by_topic: dict[Topic, list[Record]] = {}
    for record in records:
        by_topic.setdefault(record.topic, []).append(record)
    return Batch(
        tuple(spans),
        {topic: decode(topic, items, registry) for topic, items in by_topic.items()},
    )


def land(
    connection: duckdb.DuckDBPyConnection,
    batch: Batch,
    *,
    lock: Turn | None = None,
    attempts: int = ATTEMPTS,
    recent: RecentStatuses | None = None,
    on_retry: Callable[[], None] = lambda: None,
) -> list[Move]:
    """Lands the batch. Returns the counts of each partition. With `recent`, it is faster.

    A row is dropped, and counted as a duplicate, if the same event_id with the same content was
    received within DEDUPE_WINDOW before; sends at any time before. With other content, it is kept
    and counted as a conflict. Raises Fenced if another consumer has landed the partition meanwhile,
    and Busy if the warehouse cannot be written now. In both cases nothing has changed. Calls
    `on_retry` after each attempt that may succeed later.
    """
    rows = sum(len(decoded.rows) for decoded in batch.decoded.values())
    with one_thread(connection) if rows < FEW_ROWS else contextlib.nullcontext():
        return land_work(
            connection,
            _Work(connection, batch),
            lock=lock,
            attempts=attempts,
            recent=recent,
            on_retry=on_retry,
        )


@dataclass(slots=True)
class _Tally:
    landed: Counter[int]
    duplicates: Counter[int]
    conflicts: Counter[int]


@dataclass(frozen=True, slots=True)
class _Work:
    connection: duckdb.DuckDBPyConnection
    batch: Batch

    @property
    def spans(self) -> tuple[Span, ...]:
        return self.batch.spans

    def add(self, recent: RecentStatuses | None) -> tuple[list[Move], Known | None]:
        return _add(self.connection, self.batch, recent)

    def advance(self, moves: list[Move]) -> None:
        advance(self.connection, moves)


def _add(
    connection: duckdb.DuckDBPyConnection, batch: Batch, recent: RecentStatuses | None
) -> tuple[list[Move], Known | None]:
    """Writes rows and dead letters; returns the counts, and what the store must keep, if it may."""
    tallies: dict[str, _Tally] = {}
    fresh: dict[Topic, pl.DataFrame] = {}
    landing = suppressed(
        connection, {topic: decoded.rows for topic, decoded in batch.decoded.items()}
    )
    if landing.renamed:
        recent = None  # the store may know these messages by their former ids
    for topic, rows in landing.rows.items():
        fresh[topic], tallies[topic.name] = _fresh(connection, topic, rows, recent)
    ids = erasure.requested(connection, landing.rows)
    erasure.note(connection, ids)
    added = rollup_changes.add(connection, fresh, recent, landing.renamed)
    for topic, rows in erasure.blank(connection, fresh).items():
        _insert(connection, topic, rows, topic.name)
    dead: dict[str, _Tally] = {}
    for name, poison in _dead_letters(batch).items():
        kept = suppressed(connection, {DEAD_LETTERS: poison}).rows[DEAD_LETTERS]
        letters, dead[name] = _fresh(connection, DEAD_LETTERS, kept)
        _insert(connection, DEAD_LETTERS, letters, name)
    return _moves(batch, tallies, dead), added if recent else None


def _fresh(
    connection: duckdb.DuckDBPyConnection,
    topic: Topic,
    rows: pl.DataFrame,
    recent: RecentStatuses | None = None,
) -> tuple[pl.DataFrame, _Tally]:
    """The rows that are not in the warehouse yet, each once, and the counts by partition."""
    if rows.is_empty():  # every record of the topic was poison
        return rows, _Tally(Counter(), Counter(), Counter())
    once = rows.filter(pl.struct("event_id", "content_hash").is_first_distinct()).with_columns(
        first=pl.col("event_id").is_first_distinct()
    )
    # `same` is null if the event is new, and true if it has landed with the same content.
    seen = recent.landed(once, DEDUPE_WINDOW) if recent and topic is STATUSES else None
    if seen is None:
        seen = _landed(connection, topic, once)
    held = once.join(seen, on=["event_id", "content_hash"], how="left")
    fresh = held.filter(~pl.col("same").fill_null(False))
    conflicts = fresh.filter(pl.col("same").is_not_null() | ~pl.col("first"))
    landed = Counter(fresh["partition"].to_list())
    tally = _Tally(
        landed,
        Counter(rows["partition"].to_list()) - landed,
        Counter(conflicts["partition"].to_list()),
    )
    return fresh.drop("first", "same"), tally


def _landed(
    connection: duckdb.DuckDBPyConnection, topic: Topic, rows: pl.DataFrame
) -> pl.DataFrame:
    """The rows whose event_id has landed: event_id, content_hash, same (the content also)."""
    received = rows["received_at"].min()
    assert isinstance(received, datetime)  # the schema has no null here
    some = f"SELECT event_id, content_hash FROM {topic.table} WHERE"
    known = f"{some} received_at >= ?"
    given: list[object] = [received - DEDUPE_WINDOW]
    if topic is SENDS:
        # A file may be imported again at any time. The same sends have the same times of sending.
        known = f"{known} UNION ALL {some} occurred_at BETWEEN ? AND ?"
        given += [rows["occurred_at"].min(), rows["occurred_at"].max()]
    with registered(connection, "keys", rows.select("event_id", "content_hash").to_arrow()):
        return connection.execute(
            "SELECT keys.event_id, keys.content_hash, "
            f"bool_or({narrowed_sql('known.content_hash')} = keys.content_hash) AS same "
            f"FROM keys JOIN ({known}) AS known ON known.event_id = keys.event_id::UUID "
            "GROUP BY ALL",
            given,
        ).pl()


def _insert(
    connection: duckdb.DuckDBPyConnection, topic: Topic, rows: pl.DataFrame, origin: str
) -> None:
    if rows.is_empty():
        return
    assert topic.table
    columns = ", ".join(
        "? AS topic" if name == "topic" else f'"{name}"::{kind} AS "{name}"'
        for name, kind in tables()[topic.table].items()
    )
    with registered(connection, "fresh_rows", rows.to_arrow()):
        connection.execute(
            f"INSERT INTO {topic.table} BY NAME SELECT {columns} FROM fresh_rows", [origin]
        )


def _dead_letters(batch: Batch) -> dict[str, pl.DataFrame]:
    """The dead letters of each topic's poison, by topic name.

    Their ids are made from the record's place in Kafka, so each one lands once.
    """
    topic_ids = {span.log.topic: span.log.topic_id for span in batch.spans}
    by_topic: dict[str, list[Poison]] = {}
    for item in batch.poison:
        by_topic.setdefault(item.record.topic.name, []).append(item)
    frames = {}
    for name, items in by_topic.items():
        frames[name] = pl.DataFrame(
            [_dead_letter(item, topic_ids[name]) for item in items],
            schema_overrides={"payload": pl.Binary, "partition": pl.Int32},
        ).with_columns(pl.col("occurred_at", "received_at").cast(pl.Datetime("us", "UTC")))
    return frames


def _dead_letter(item: Poison, topic_id: str) -> dict[str, object]:
    record = item.record
    # Producers can send any number to Kafka. Use the nearest time that a column can hold.
    timestamp = min(max(record.timestamp, EARLIEST_US), LATEST_US)
    place = f"{topic_id}/{record.partition}/{record.offset}"
    return {
        "event_id": str(uuid.uuid5(POISON_NAMESPACE, place)),
        "content_hash": 0,
        "source": "unknown",
        "dialect": "unknown",
        "occurred_at": timestamp,
        "received_at": timestamp,
        "reason": item.reason,
        "detail": item.detail,
        "payload": record.value,
        "partition": record.partition,
        "offset": record.offset,
    }


def _moves(batch: Batch, tallies: dict[str, _Tally], dead: dict[str, _Tally]) -> list[Move]:
    none = _Tally(Counter(), Counter(), Counter())
    moves = []
    for span in batch.spans:
        topic, partition = span.log.topic, span.partition
        tally, poison = tallies.get(topic, none), dead.get(topic, none)
        duplicates = tally.duplicates[partition] + poison.duplicates[partition]
        known = tally.landed[partition] + poison.landed[partition] + duplicates
        moves.append(
            Move(
                span.log,
                partition,
                span.start,
                span.end,
                landed=tally.landed[partition],
                duplicates=duplicates,
                conflicts=tally.conflicts[partition],
                dead_letters=poison.landed[partition],
                skipped=span.end - span.start - known,
            )
        )
    return moves
