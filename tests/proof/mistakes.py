"""Mistakes that somebody could make in the landing protocol. Each must be found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from consumer import landing
from consumer.batch_buffer import BatchPart, Buffer, Place
from consumer.membership import PASSING, Membership
from consumer.start_offsets import Consent, Lows, starts
from tests.proof.catalog import FENCE, LOG, Connection
from tests.proof.disk import Store
from tests.proof.process import Offsets, Process, Rules, Scope, Work
from warehouse.landed_position import NOTHING, Position, between
from warehouse.offsets import Fenced, Log, Move
from warehouse.transaction import transact

Landed = tuple[list[Move], frozenset[tuple[str, str]]]
ONE = Scope((("a1",),))
TWO = Scope((("a1", "b1"),))
# The same event in both partitions.
REPEATED = Scope((("a1",), ("a1",)))
WITH_STORE = Scope((("a1",), ("a1",)), (True, False))
TWO_WITH_STORE = Scope((("a1", "b1"),), (True, False))


@dataclass(frozen=True)
class Mistake:
    """Rules with a mistake, the smallest scope in which it shows, and a word of the violation."""

    rules: Rules
    scope: Scope
    violation: str


class NoFence(Work):
    """Lands a batch wherever the offset is."""

    def fence(self, moves: list[Move]) -> None:
        pass


class HalfLanded(Work):
    """Writes the first row of a batch only."""

    def add(self, recent: Store | None) -> Landed:
        moves, kept = super().add(recent)
        self.connection.write(rows=self.connection.writes.rows[:1])
        return moves, kept


class NoDedupe(Work):
    """Does not look for what has landed before."""

    def known(self, _recent: Store | None) -> frozenset[tuple[str, str]]:
        return frozenset()


class OffsetByOffset(Work):
    """Replaces only the rows of its own partitions, so that two landings do not conflict."""

    def advance(self, moves: list[Move]) -> None:
        super().advance(moves)
        mine = {move.partition for move in moves}
        writes = self.connection.writes
        self.connection.write(
            removed=tuple(row for row in writes.removed if row.partition in mine),
            added=tuple(row for row in writes.added if row.partition in mine),
            deletes=frozenset(mine),
        )


class RowsAgain(Work):
    """After a fence, takes the present offset as the start: the same batch lands again."""

    def advance(self, moves: list[Move]) -> None:
        now = self.connection.snapshot.next_offsets()
        starts = [now[move.log, move.partition] for move in moves]
        self.connection.advance(
            [
                replace(move, start=start, end=start + move.end - move.start)
                for move, start in zip(moves, starts, strict=True)
            ]
        )


def _apart(first: str) -> Callable[..., list[Move]]:
    """Lands rows and offsets in two transactions, in this order."""

    def land(connection: Connection, work: Work, **options: Any) -> list[Move]:
        options.pop("recent")
        moves: list[Move] = []

        def rows() -> None:
            moves[:] = work.add(None)[0]

        def offsets() -> None:
            rows()
            connection.write(rows=())
            work.advance(moves)

        for step in (offsets, rows) if first == "offsets" else (rows, offsets):
            transact(connection, step, **options)
        return moves

    return land


def _store_first(connection: Connection, work: Work, **options: Any) -> list[Move]:
    """Writes the store before the transaction is committed."""
    recent = options["recent"]

    def both() -> list[Move]:
        moves = landing._land(connection, work, recent)
        if recent:
            recent.commit()
        return moves

    return transact(connection, both, **{k: v for k, v in options.items() if k != "recent"})


def _store_always(connection: Connection, work: Work, **options: Any) -> list[Move]:
    """Writes the store also if the transaction has failed."""
    try:
        return landing.land(connection, work, **options)
    finally:
        if options["recent"]:
            options["recent"].commit()


class Trusting(Store):
    """Does not read what others have landed."""

    def _catch_up(self, connection: Connection) -> Position | None:
        held = self._position()
        return held if held else super()._catch_up(connection)


class NeverRebuilt(Store):
    """Takes a store that lacks too much for one that is in step."""

    def _catch_up(self, connection: Connection) -> Position | None:
        return super()._catch_up(connection) or self._landed_position(connection)


class PositionFirst(Store):
    """Writes the position before the rows that it stands for."""

    def _catch_up(self, connection: Connection) -> Position | None:
        read, now = self._position(), self._landed_position(connection)
        missing = between(read or NOTHING, now, self.most)
        if missing is None:
            return None
        if read != now:
            self._put_position(now)
        for span in missing:
            self._add_landed(connection, span)
        return now


class WholeSpan(Buffer):
    """A part of the batch covers the offsets of all of it."""

    def part(self, most: int | None = None) -> BatchPart | None:
        part, whole = super().part(most), super().part()
        return part and whole and BatchPart(whole.spans, part.records)


class WideParts(Membership):
    """Has such a buffer."""

    def __init__(self, *ports: Any) -> None:
        super().__init__(*ports)
        self.buffer = WholeSpan()


class FromTheBeginning(Membership):
    """Reads a partition from its lowest offset in the broker."""

    def assigned(self, places: Any) -> dict[Place, int]:
        first = super().assigned(places)
        for topic, number in first:
            self.buffer.assign(LOG, number, self._broker.low((topic, number)))
        return first


class ForgetsToTake(Membership):
    """Does not read a partition whose offset it could not find out."""

    def assigned(self, places: Any) -> dict[Place, int]:
        places = list(places)
        try:
            return super().assigned(places)
        except Exception:
            for _, number in places:
                self.buffer.assign(LOG, number, 1_000)
            return {}


class OpensAlone(Offsets):
    """Opens a partition without a conflict with others that do the same."""

    def open(self, opening: Any) -> None:
        def work() -> None:
            self._connection.open(opening.fresh)
            self._connection.write(deletes=self._connection.writes.deletes - {FENCE})

        transact(self._connection, work, attempts=1, pause=int)


def _opens_alone(process: Process, lows: Lows) -> Mapping[tuple[Log, int], int]:
    return starts(OpensAlone(process), lows, Consent())


def _from_the_group(process: Process, lows: Lows) -> Mapping[tuple[Log, int], int]:
    starts(Offsets(process), lows, Consent())
    group = process.effect("committed")
    return {place: group[place[1]] for place in lows}


MISTAKES: dict[str, Mistake] = {
    "no fence": Mistake(Rules(work=NoFence), ONE, "should be fenced"),
    "offsets before rows": Mistake(Rules(land=_apart("offsets")), ONE, "the rows are not those"),
    "rows before offsets": Mistake(Rules(land=_apart("rows")), ONE, "the rows are not those"),
    "half a batch": Mistake(Rules(work=HalfLanded), TWO, "the rows are not those"),
    "a part counts as the batch": Mistake(Rules(membership=WideParts), TWO, "not those"),
    "the same batch twice": Mistake(Rules(work=RowsAgain), TWO, "each once"),
    "no deduplication": Mistake(Rules(work=NoDedupe), REPEATED, "not those"),
    "landings that do not conflict": Mistake(Rules(work=OffsetByOffset), REPEATED, "not those"),
    "openings that do not conflict": Mistake(Rules(starts=_opens_alone), ONE, "two offsets"),
    "start at the group's offset": Mistake(
        Rules(starts=_from_the_group, group_commits=True), TWO, "cannot land everything"
    ),
    "start at the beginning": Mistake(
        Rules(membership=FromTheBeginning), TWO, "cannot land everything"
    ),
    "fenced, and continues": Mistake(
        Rules(goes_on=(*PASSING, Fenced)), TWO, "cannot land everything"
    ),
    "an assignment that failed": Mistake(
        Rules(membership=ForgetsToTake), ONE, "cannot land everything"
    ),
    "store before the warehouse": Mistake(
        Rules(land=_store_first), TWO_WITH_STORE, "ahead of the warehouse"
    ),
    "store after a failure": Mistake(
        Rules(land=_store_always), TWO_WITH_STORE, "ahead of the warehouse"
    ),
    "store that trusts its position": Mistake(Rules(store=Trusting), WITH_STORE, "not in step"),
    "store that is never rebuilt": Mistake(
        Rules(store=NeverRebuilt), TWO_WITH_STORE, "not in step"
    ),
    "position before the rows of the store": Mistake(
        Rules(store=PositionFirst), WITH_STORE, "not in step"
    ),
}
