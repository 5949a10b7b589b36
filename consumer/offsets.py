"""Where each partition stands: read at the start, moved only from where it was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass

import duckdb
import pyarrow as pa

OPENED_COLUMNS = ("cluster_id", "topic_id", "topic", "partition", "start_at")
MOVE_COLUMNS = (
    *(*OPENED_COLUMNS, "end_at"),
    *("landed", "duplicates", "conflicts", "dead_letters", "skipped"),
)
SAME_PARTITION = (
    "held.cluster_id = given.cluster_id AND held.topic_id = given.topic_id "
    "AND held.topic = given.topic AND held.partition = given.partition "
    "AND held.retired_at IS NULL"
)


class Fenced(Exception):
    """Another consumer has moved this partition on; nothing of the batch was landed."""


class LogChanged(Exception):
    """The topic is not the one that was landed before; the message says how to go on."""


@dataclass(frozen=True, slots=True)
class Log:
    """One incarnation of a topic: recreated, or on another cluster, it has another id."""

    cluster_id: str
    topic_id: str
    topic: str


@dataclass(frozen=True, slots=True)
class Move:
    """What one batch does to one partition: from `start` to `end`, and what became of it."""

    log: Log
    partition: int
    start: int
    end: int
    landed: int = 0
    duplicates: int = 0
    conflicts: int = 0
    dead_letters: int = 0
    skipped: int = 0


def live_positions(connection: duckdb.DuckDBPyConnection) -> dict[tuple[Log, int], int]:
    """The next offset to land of every partition that is not retired."""
    rows = connection.execute(
        "SELECT cluster_id, topic_id, topic, partition, next_offset FROM kafka_offsets "
        "WHERE retired_at IS NULL"
    ).fetchall()
    return {(Log(*row[:3]), int(row[3])): int(row[4]) for row in rows}


def refuse_former(log: Log, former: Iterable[Log]) -> None:
    """Raises LogChanged where the topic was landed from another incarnation before."""
    for old in former:
        what = (
            f"it is on cluster {log.cluster_id}, it was on {old.cluster_id}"
            if old.cluster_id != log.cluster_id
            else f"it was recreated: its id is {log.topic_id}, it was {old.topic_id}"
        )
        raise LogChanged(
            f"topic {log.topic} is not the one landed before: {what}. Its offsets mean nothing "
            "here. If that is intended, go on from its beginning with "
            "`bluetick land --accept-new-log`; nothing that was landed is removed"
        )


def retire(connection: duckdb.DuckDBPyConnection, log: Log, partition: int | None = None) -> None:
    """Marks a log, or one partition of it, as ended; call inside a transaction."""
    connection.execute(
        "UPDATE kafka_offsets SET retired_at = now() "
        "WHERE cluster_id = ? AND topic_id = ? AND topic = ? AND retired_at IS NULL "
        "AND partition = coalesce(?, partition)",
        [log.cluster_id, log.topic_id, log.topic, partition],
    )


def open_partitions(
    connection: duckdb.DuckDBPyConnection, firsts: Mapping[tuple[Log, int], int]
) -> None:
    """Notes partitions' first offsets unless they are known; call inside a transaction.

    Touching the fence row makes two consumers that open a partition at once conflict, as two
    plain inserts would not.
    """
    connection.execute("UPDATE landing_fence SET opened = opened + 1")
    known = live_positions(connection)
    new = [
        (log.cluster_id, log.topic_id, log.topic, partition, first)
        for (log, partition), first in firsts.items()
        if (log, partition) not in known
    ]
    if new:
        with _registered(connection, OPENED_COLUMNS, new):
            connection.execute(
                "INSERT INTO kafka_offsets SELECT cluster_id, topic_id, topic, partition, "
                "start_at, start_at, 0, 0, 0, 0, 0, now(), NULL FROM given"
            )


def advance(connection: duckdb.DuckDBPyConnection, moves: Sequence[Move]) -> None:
    """Moves each partition on; call inside the transaction that lands the rows.

    Raises Fenced where a partition no longer stands where the batch began: then another
    consumer has landed it, and this one's batch must change nothing.
    """
    rows = [(*log, *rest) for log, *rest in map(astuple, moves)]
    with _registered(connection, MOVE_COLUMNS, rows):
        # One statement: each would write files of its own.
        updated = connection.execute(
            "UPDATE kafka_offsets AS held SET next_offset = given.end_at, "
            "landed = held.landed + given.landed, "
            "duplicates = held.duplicates + given.duplicates, "
            "conflicts = held.conflicts + given.conflicts, "
            "dead_letters = held.dead_letters + given.dead_letters, "
            "skipped = held.skipped + given.skipped, updated_at = now() "
            f"FROM given WHERE {SAME_PARTITION} AND held.next_offset = given.start_at"
        ).fetchone()
        if updated and updated[0] == len(rows):
            return
        elsewhere = connection.execute(
            "SELECT topic, partition, start_at FROM given ANTI JOIN kafka_offsets AS held "
            f"ON {SAME_PARTITION} AND held.next_offset = given.end_at"
        ).fetchone()
    where = "{} partition {} no longer stands at {}".format(*(elsewhere or ("a topic", "?", "?")))
    raise Fenced(where)


@contextmanager
def _registered(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> Iterator[None]:
    """The rows as `given`."""
    by_column = map(list, zip(*rows, strict=True))
    connection.register("given", pa.table(dict(zip(columns, by_column, strict=True))))
    try:
        yield
    finally:
        connection.unregister("given")
