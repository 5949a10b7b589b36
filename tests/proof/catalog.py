"""The catalog of the model: rows and offsets, changed by transactions with snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import duckdb

from schemas.topics import STATUSES
from warehouse.landed_position import Position
from warehouse.offsets import Log, Move

LOG = Log("cluster", "id", STATUSES.name)
FENCE, OFFSETS = "landing_fence", "kafka_offsets"


class Violation(BaseException):
    """The model did what must never happen. Not an Exception, so that no code handles it."""


class Offset(NamedTuple):
    """A row of `kafka_offsets`."""

    partition: int
    next: int
    landed: int = 0
    duplicates: int = 0
    conflicts: int = 0


class Row(NamedTuple):
    """A row that has landed: an event, its content, and its place in the broker."""

    event: str
    content: str
    partition: int
    offset: int


class Catalog(NamedTuple):
    """What is committed."""

    offsets: tuple[Offset, ...] = ()
    rows: tuple[Row, ...] = ()

    def next_offsets(self) -> dict[tuple[Log, int], int]:
        return {(LOG, row.partition): row.next for row in self.offsets}

    def position(self) -> Position:
        """As `landed_position` reads it."""
        landed = [row for row in self.offsets if row.next]
        live = {(LOG, row.partition): (0, row.next) for row in landed}
        return Position(sum(row.next for row in landed), live)


class Writes(NamedTuple):
    """What a transaction commits. Two that delete from one table at the same time conflict."""

    removed: tuple[Offset, ...] = ()
    added: tuple[Offset, ...] = ()
    rows: tuple[Row, ...] = ()
    deletes: frozenset[object] = frozenset()
    moves: tuple[Move, ...] = ()


def committed(catalog: Catalog, writes: Writes) -> Catalog:
    """The catalog after a transaction that no other one disturbs. Raises Violation."""
    for move in writes.moves:
        if catalog.next_offsets().get((LOG, move.partition)) != move.start:
            raise Violation(f"a consumer lands offset {move.start}, and should be fenced")
    kept = [row for row in catalog.offsets if row not in writes.removed]
    return Catalog(
        tuple(sorted([*kept, *writes.added])), tuple(sorted([*catalog.rows, *writes.rows]))
    )


class Connection:
    """A connection of one consumer. `effect` asks the model for what the catalog answers."""

    def __init__(self, effect: Callable[..., Any]) -> None:
        self._effect = effect
        self._snapshot: Catalog | None = None
        self.writes = Writes()

    def execute(self, query: str) -> None:
        """BEGIN, COMMIT or ROLLBACK. Raises what DuckDB raises."""
        if query == "BEGIN":
            self.writes, answer = Writes(), self._effect("begin")
            self._snapshot = failed(answer)
            return
        writes, self._snapshot = self.writes, None
        if query == "COMMIT":
            failed(self._effect("commit", writes))

    @property
    def snapshot(self) -> Catalog:
        """What the transaction sees, or a query alone."""
        return self._snapshot or failed(self._effect("read"))

    def insert(self, rows: Iterable[Row]) -> None:
        self.write(rows=(*self.writes.rows, *rows))

    def open(self, firsts: Mapping[tuple[Log, int], int]) -> None:
        """As `open_partitions`."""
        known = self.snapshot.next_offsets()
        new = [
            Offset(number, low)
            for (log, number), low in firsts.items()
            if (log, number) not in known
        ]
        self.write(added=(*self.writes.added, *new), deletes=self.writes.deletes | {FENCE})

    def advance(self, moves: list[Move]) -> None:
        """As `advance`, without the fence: replaces all rows of `kafka_offsets`."""
        by_partition = {move.partition: move for move in moves}
        self.write(
            removed=self.snapshot.offsets,
            added=tuple(
                moved(row, by_partition.get(row.partition)) for row in self.snapshot.offsets
            ),
            deletes=self.writes.deletes | {OFFSETS},
            moves=tuple(moves),
        )

    def write(self, **changes: Any) -> None:
        """Adds to what the transaction commits."""
        self.writes = self.writes._replace(**changes)


def moved(row: Offset, move: Move | None) -> Offset:
    if move is None:
        return row
    return Offset(
        row.partition,
        move.end,
        row.landed + move.landed,
        row.duplicates + move.duplicates,
        row.conflicts + move.conflicts,
    )


# Why a transaction fails, and what DuckDB then says.
FAILURES: dict[str, tuple[type[duckdb.Error], str]] = {
    "conflict": (duckdb.TransactionException, "another writer: conflict"),
    "gone": (duckdb.IOException, "database is locked"),
    "unanswered": (duckdb.IOException, "server closed the connection"),
}


def failed(answer: Any) -> Any:
    """The answer of the catalog; raises it if it is one of FAILURES."""
    if isinstance(answer, str):
        kind, text = FAILURES[answer]
        raise kind(text)
    return answer
