"""How far the records have landed that can change the sums of messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import orjson

from schemas.topics import ACCOUNT_EVENTS, STATUSES

# Records between two positions; more of them are not read one partition after the other.
MOST = 200_000


@dataclass(frozen=True, slots=True)
class Span:
    """The records of one partition from `start` to before `end`."""

    topic: str
    partition: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Position:
    """`total` is the number of offsets of all logs, `live` the first and next of live partitions.

    Together they say which rows the warehouse has. The keys of `live` name the log too, since
    every new cluster counts from zero.
    """

    total: int
    live: Mapping[str, tuple[int, int]]

    def to_json(self) -> bytes:
        return orjson.dumps({"total": self.total, "live": dict(self.live)})

    @classmethod
    def from_json(cls, text: bytes) -> Position:
        found = orjson.loads(text)
        return cls(
            found["total"], {key: (first, end) for key, (first, end) in found["live"].items()}
        )


NOTHING = Position(0, {})


def landed_position(connection: duckdb.DuckDBPyConnection) -> Position:
    """The position in the transaction's snapshot, including what the transaction has written."""
    rows = connection.execute(
        "SELECT cluster_id, topic_id, topic, partition, first_offset, next_offset, retired_at "
        "FROM kafka_offsets WHERE topic IN (?, ?) AND next_offset > first_offset",
        [STATUSES.name, ACCOUNT_EVENTS.name],
    ).fetchall()
    return Position(
        sum(end - first for *_, first, end, _ in rows),
        {
            "/".join(map(str, log)): (first, end)
            for *log, first, end, retired in rows
            if not retired
        },
    )


def between(before: Position, now: Position) -> list[Span] | None:
    """The records from one position to the other; None if that cannot be said, or if too many."""
    spans = []
    for key, (first, end) in now.live.items():
        _, _, topic, partition = key.split("/")
        _, start = before.live.get(key, (first, first))
        if start > end:
            return None
        if start < end:
            spans.append(Span(topic, int(partition), start, end))
    count = sum(span.end - span.start for span in spans)
    return spans if count == now.total - before.total and count <= MOST else None
