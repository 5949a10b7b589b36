"""The next offset of each partition. It is read at the start, and moves with each batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass

import duckdb
import pyarrow as pa

from settings.errors import BluetickError
from warehouse.arrow_tables import registered
from warehouse.compaction import replace_rows

# The counts of each partition, as Move and kafka_offsets name them.
COUNTS = ("landed", "duplicates", "conflicts", "dead_letters", "skipped")
SAME = (
    "held.cluster_id = moves.log.cluster_id AND held.topic_id = moves.log.topic_id "
    "AND held.topic = moves.log.topic AND held.partition = moves.partition "
    "AND held.retired_at IS NULL"
)


# If there are more retired rows than this, they are merged, with this cluster id and topic id.
RETIRED_ROWS = 500
FOLDED = "several"


class Fenced(Exception):
    """Another consumer has landed this partition meanwhile; nothing of this batch has landed."""


class LogChanged(BluetickError):
    """The topic is not the one that has landed before; the message says how to continue."""


@dataclass(frozen=True, slots=True)
class Log:
    """One incarnation of a topic. A recreated topic, or one on another cluster, is another log."""

    cluster_id: str
    topic_id: str
    topic: str


@dataclass(frozen=True, slots=True)
class Span:
    """The records of one partition: offsets from `start` to before `end`."""

    log: Log
    partition: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Move:
    """The effect of one batch on one partition: its offsets from `start` to before `end`, counted.

    Each offset is `landed`, a duplicate, a dead letter or skipped; `conflicts` are landed too.
    """

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
    """Raises LogChanged if `former` has any: another log of this topic has landed before."""
    for old in former:
        what = (
            f"it is on cluster {log.cluster_id}, it was on {old.cluster_id}"
            if old.cluster_id != log.cluster_id
            else f"it was recreated: its id is {log.topic_id}, it was {old.topic_id}"
        )
        raise LogChanged(
            f"topic {log.topic} is not the one that has landed before: {what}. The known offsets "
            "have no meaning for it. If this is intended, start from its beginning with "
            "`bluetick land --accept-new-log`; nothing that has landed is removed"
        )


def retire(connection: duckdb.DuckDBPyConnection, log: Log, partition: int | None = None) -> None:
    """Marks a log, or one partition of it, as retired; call inside a transaction."""
    replace_rows(
        connection,
        "kafka_offsets",
        "SELECT * REPLACE (CASE WHEN cluster_id = ? AND topic_id = ? AND topic = ? "
        "AND partition = coalesce(?, partition) AND retired_at IS NULL "
        "THEN now() ELSE retired_at END AS retired_at) FROM kafka_offsets",
        [log.cluster_id, log.topic_id, log.topic, partition],
    )


def fold_retired(connection: duckdb.DuckDBPyConnection) -> None:
    """Merges the rows of retired logs into one row for each partition of a topic, if many.

    Each start of the embedded broker retires all rows, and each landing writes every row again.
    The sums stay the same, so `bluetick doctor` can still compare them with the tables. Call
    inside a transaction.
    """
    retired = connection.execute(
        "SELECT count(*) FROM kafka_offsets WHERE retired_at IS NOT NULL"
    ).fetchall()
    if retired[0][0] <= RETIRED_ROWS:
        return
    sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in COUNTS)
    replace_rows(
        connection,
        "kafka_offsets",
        "SELECT * FROM kafka_offsets WHERE retired_at IS NULL UNION ALL BY NAME "
        "SELECT $folded AS cluster_id, $folded AS topic_id, topic, partition, "
        "0 AS first_offset, sum(next_offset - first_offset)::BIGINT AS next_offset, "
        f"{sums}, max(updated_at) AS updated_at, max(retired_at) AS retired_at "
        "FROM kafka_offsets WHERE retired_at IS NOT NULL GROUP BY topic, partition",
        {"folded": FOLDED},
    )


def open_partitions(
    connection: duckdb.DuckDBPyConnection, firsts: Mapping[tuple[Log, int], int]
) -> None:
    """Stores the first offsets of partitions that are new; call inside a transaction.

    Also updates the row of landing_fence. So two consumers that open a partition at the same time
    conflict; two inserts alone would not.
    """
    connection.execute("UPDATE landing_fence SET opened = opened + 1")
    known = live_positions(connection)
    for (log, partition), first in firsts.items():
        if (log, partition) not in known:
            connection.execute(
                "INSERT INTO kafka_offsets VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, now(), NULL)",
                [log.cluster_id, log.topic_id, log.topic, partition, first, first],
            )


def refuse_moved(positions: Mapping[tuple[Log, int], int], moves: Iterable[Move]) -> None:
    """The fence: raises Fenced if a batch does not start at the next offset of its partition.

    `positions` are those of the transaction that lands the rows.
    """
    for move in moves:
        if positions.get((move.log, move.partition)) != move.start:
            raise Fenced(
                f"{move.log.topic} partition {move.partition} is no longer at offset {move.start}"
            )


def advance(connection: duckdb.DuckDBPyConnection, moves: Collection[Move]) -> None:
    """Updates offsets and counts of partitions; call inside the transaction that lands the rows.

    Raises Fenced if the next offset of a partition is no longer the start of the batch. Then
    another consumer has landed it, and this batch must change nothing.
    """
    refuse_moved(live_positions(connection), moves)
    with registered(connection, "moves", pa.Table.from_pylist([asdict(move) for move in moves])):
        sums = ", ".join(f"held.{name} + coalesce(moves.{name}, 0) AS {name}" for name in COUNTS)
        replace_rows(
            connection,
            "kafka_offsets",
            f"SELECT held.* REPLACE ({sums}, coalesce(moves.end, next_offset) AS next_offset, "
            "if(moves.end IS NULL, updated_at, now()) AS updated_at) "
            f"FROM kafka_offsets AS held LEFT JOIN moves ON {SAME}",
        )
