"""How far the records have landed that can change the sums of messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

import duckdb
import orjson

from schemas.topics import ACCOUNT_EVENTS, STATUSES
from warehouse.offsets import Log, Span

TOPICS = (STATUSES.name, ACCOUNT_EVENTS.name)
# Records between two positions; more of them are not read one partition after the other.
MOST = 200_000


@dataclass(frozen=True, slots=True)
class Position:
    """`total` is the number of offsets of all logs, `live` the first and next of live partitions.

    Together they say which rows the warehouse has.
    """

    total: int
    live: Mapping[tuple[Log, int], tuple[int, int]]

    def after(self, spans: Iterable[Span]) -> Position:
        """The position once these records have landed too."""
        total, live = self.total, dict(self.live)
        for span in spans:
            if span.log.topic in TOPICS and span.end > span.start:
                first, _ = live.get((span.log, span.partition), (span.start, span.start))
                live[span.log, span.partition] = first, span.end
                total += span.end - span.start
        return Position(total, live)

    def to_json(self) -> bytes:
        rows = [[*astuple(log), number, *offsets] for (log, number), offsets in self.live.items()]
        return orjson.dumps([self.total, rows])

    @classmethod
    def from_json(cls, text: bytes) -> Position:
        total, rows = orjson.loads(text)
        return cls(total, {(Log(*log), number): (first, end) for *log, number, first, end in rows})


NOTHING = Position(0, {})


def landed_position(connection: duckdb.DuckDBPyConnection) -> Position:
    """The position in the transaction's snapshot."""
    # Without a condition: for one, DuckLake reads the statistics of all files of all tables.
    every = connection.execute(
        "SELECT cluster_id, topic_id, topic, partition, first_offset, next_offset, retired_at "
        "FROM kafka_offsets"
    ).fetchall()
    rows = [row for row in every if row[2] in TOPICS and row[5] > row[4]]
    return Position(
        sum(end - first for *_, first, end, _ in rows),
        {
            (Log(*log), number): (first, end)
            for *log, number, first, end, retired in rows
            if not retired
        },
    )


def between(before: Position, now: Position, most: int = MOST) -> list[Span] | None:
    """The records from one position to the other; None if unknown, or if more than `most`."""
    spans = []
    for (log, number), (first, end) in now.live.items():
        _, start = before.live.get((log, number), (first, first))
        if start > end:
            return None
        if start < end:
            spans.append(Span(log, number, start, end))
    count = sum(span.end - span.start for span in spans)
    return spans if count == now.total - before.total and count <= most else None
