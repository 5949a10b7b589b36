"""Selects dead letters in the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import polars as pl

from consumer.decode import NOT_WHOLE, POISON_REASONS

CHUNK = 500

# Source and time of receipt (microseconds), which identify a POST.
Posts = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """What to replay: reason, source, and time of receipt from `since` to before `until`."""

    reason: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A landed dead letter; `received_at` in microseconds, `topic` is the topic of its record."""

    event_id: str
    topic: str
    source: str
    dialect: str
    reason: str
    received_at: int
    payload: bytes | None = field(repr=False)

    @property
    def is_frame(self) -> bool:
        """Whether the payload is a Kafka record (and not a body)."""
        return self.reason in POISON_REASONS and self.reason not in NOT_WHOLE


_WANTED = """
    FROM dead_letters
    WHERE ($reason IS NULL OR reason = $reason) AND ($source IS NULL OR source = $source)
      AND ($since IS NULL OR received_at >= $since) AND ($until IS NULL OR received_at < $until)
"""
_ORDER = 'ORDER BY received_at, topic, "partition", "offset"'


def find(
    connection: duckdb.DuckDBPyConnection, wanted: LetterFilter
) -> tuple[int, Iterator[list[Letter]]]:
    """The number of wanted dead letters, and an iterator over lists of them, oldest first.

    Dead letters that land later, such as those of this replay, are not included. No transaction
    is open between two lists.
    """
    ids = connection.execute(
        f"SELECT event_id::VARCHAR AS id {_WANTED} {_ORDER}", _given(wanted)
    ).pl()["id"]
    return len(ids), _letters(connection, ids)


def posts(connection: duckdb.DuckDBPyConnection, wanted: LetterFilter) -> Posts:
    """The POSTs that have a wanted dead letter."""
    rows = connection.execute(
        f"SELECT DISTINCT source, epoch_us(received_at) {_WANTED}", _given(wanted)
    ).fetchall()
    return frozenset((str(source), int(received_at)) for source, received_at in rows)


def _letters(connection: duckdb.DuckDBPyConnection, ids: pl.Series) -> Iterator[list[Letter]]:
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(
            "SELECT event_id::VARCHAR, topic, source, dialect, reason, epoch_us(received_at), "
            "payload FROM dead_letters WHERE event_id IN (SELECT unnest(?::VARCHAR[])::UUID) "
            f"{_ORDER}",
            [ids[start : start + CHUNK].to_list()],
        ).fetchall()
        yield [Letter(*row) for row in rows]


def _given(wanted: LetterFilter) -> dict[str, object]:
    return {
        "reason": wanted.reason,
        "source": wanted.source,
        "since": wanted.since,
        "until": wanted.until,
    }
