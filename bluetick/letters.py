"""The warehouse's dead letters, as a replay wants them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import polars as pl

from consumer.decode import NOT_WHOLE, POISON_REASONS

CHUNK = 500

# Source and time of receipt, in microseconds, which tell one POST from another.
Posts = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which to replay: made for this reason, at this source, received from `since` to `until`."""

    reason: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A landed dead letter; `received_at` in microseconds, `topic` where its record stood."""

    event_id: str
    topic: str
    source: str
    reason: str
    received_at: int
    payload: bytes | None = field(repr=False)

    @property
    def is_frame(self) -> bool:
        """Whether the payload is a record the consumer could not decode, rather than a body."""
        return self.reason in POISON_REASONS and self.reason not in NOT_WHOLE


_WANTED = """
    FROM dead_letters
    WHERE ($reason IS NULL OR reason = $reason) AND ($source IS NULL OR source = $source)
      AND ($since IS NULL OR received_at >= $since) AND ($until IS NULL OR received_at < $until)
"""
_ORDER = 'ORDER BY received_at, topic, "partition", "offset"'


def find(
    connection: duckdb.DuckDBPyConnection, wanted: Wanted
) -> tuple[int, Iterator[list[Letter]]]:
    """How many are wanted, and they themselves, oldest first and some at a time.

    All as of now: what lands meanwhile, such as what a replay brings about, is not among them.
    Between two shares no transaction is open, however long the caller takes for one.
    """
    ids = connection.execute(
        f"SELECT event_id::VARCHAR AS id {_WANTED} {_ORDER}", _given(wanted)
    ).pl()["id"]
    return len(ids), _letters(connection, ids)


def posts(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> Posts:
    """The POSTs of which something became a wanted dead letter."""
    rows = connection.execute(
        f"SELECT DISTINCT source, epoch_us(received_at) {_WANTED}", _given(wanted)
    ).fetchall()
    return frozenset((str(source), int(received_at)) for source, received_at in rows)


def _letters(connection: duckdb.DuckDBPyConnection, ids: pl.Series) -> Iterator[list[Letter]]:
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(
            "SELECT event_id::VARCHAR, topic, source, reason, epoch_us(received_at), payload "
            "FROM dead_letters WHERE event_id IN (SELECT unnest(?::VARCHAR[])::UUID) "
            f"{_ORDER}",
            [ids[start : start + CHUNK].to_list()],
        ).fetchall()
        yield [Letter(*row) for row in rows]


def _given(wanted: Wanted) -> dict[str, object]:
    return {
        "reason": wanted.reason,
        "source": wanted.source,
        "since": wanted.since,
        "until": wanted.until,
    }
