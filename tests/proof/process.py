"""One consumer of the model: the real code, run again from the answers it has got so far.

Python cannot copy a function that is halfway. So the state of a consumer is the action it has
begun and the answers of catalog and disk; to continue, the action runs again from its start, and
stops where no answer is known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from consumer import landing
from consumer.batch_buffer import BatchPart, Place
from consumer.decode import Record
from consumer.membership import PASSING, Membership
from consumer.start_offsets import Consent, Lows, Opening, starts
from consumer.topic_ids import BrokerUnavailable
from schemas.topics import STATUSES
from tests.proof.catalog import LOG, Connection, Row
from tests.proof.disk import Disk, Store
from warehouse.offsets import Log, Move, Span, refuse_moved
from warehouse.transaction import transact

# The messages of each partition: event and content.
Messages = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Scope:
    """How much is explored: the messages, and which of the two consumers has a store."""

    messages: Messages
    stores: tuple[bool, bool] = (False, False)
    # How often a transaction is tried before the consumer waits.
    attempts: int = 1


class Suspended(BaseException):
    """The code waits for the answer to `request`."""

    def __init__(self, kind: str, *details: Any) -> None:
        self.kind, self.details = kind, details


class Work:
    """What a batch writes; the counterpart of the writer's SQL."""

    def __init__(self, process: Process, part: BatchPart) -> None:
        self.connection, self.part = process.connection, part
        self.spans: list[Span] = part.spans

    def known(self, recent: Store | None) -> frozenset[tuple[str, str]]:
        """What has landed, by the store or by the warehouse."""
        held = recent.known(self.connection) if recent else None
        if held is None:
            held = frozenset((row.event, row.content) for row in self.connection.snapshot.rows)
        return held

    def add(self, recent: Store | None) -> tuple[list[Move], frozenset[tuple[str, str]]]:
        known = set(self.known(recent))
        counts = {span.partition: [0, 0, 0] for span in self.spans}
        rows = []
        for record in self.part.records:
            event, content = (record.value or b"").decode()
            tally = counts[record.partition]
            if (event, content) in known:
                tally[1] += 1
                continue
            tally[0] += 1
            tally[2] += any(event == other for other, _ in known)
            known.add((event, content))
            rows.append(Row(event, content, record.partition, record.offset))
        self.connection.insert(rows)
        moves = [
            Move(span.log, span.partition, span.start, span.end, *counts[span.partition])
            for span in self.spans
        ]
        return moves, frozenset((row.event, row.content) for row in rows)

    def advance(self, moves: list[Move]) -> None:
        self.fence(moves)
        self.connection.advance(moves)

    def fence(self, moves: list[Move]) -> None:
        refuse_moved(self.connection.snapshot.next_offsets(), moves)


@dataclass(frozen=True)
class Rules:
    """The code that is explored: by default the real one. A mistake replaces a part of it."""

    membership: Callable[..., Membership] = Membership
    store: type[Store] = Store
    work: type[Work] = Work
    land: Callable[..., list[Move]] = landing.land
    starts: Callable[[Process, Lows], Mapping[tuple[Log, int], int]] = field(
        default=lambda process, lows: starts(Offsets(process), lows, Consent())
    )
    # Only what reads the offsets that the group has committed needs them in the model.
    group_commits: bool = False
    # The errors after which a consumer goes on with what it has read.
    goes_on: tuple[type[Exception], ...] = PASSING


class Offsets:
    """The offsets of the catalog, for `consumer.start_offsets`."""

    def __init__(self, process: Process) -> None:
        self._process, self._connection = process, process.connection

    def live(self) -> Mapping[tuple[Log, int], int]:
        return self._connection.snapshot.next_offsets()

    def open(self, opening: Opening) -> None:
        assert not opening.former
        transact(
            self._connection,
            lambda: self._connection.open(opening.fresh),
            attempts=self._process.scope.attempts,
            pause=int,
        )

    def resume(self, log: Log, partition: int, low: int, consent: Consent) -> int:
        raise NotImplementedError("no record of the model is ever removed")


class Process:
    """A consumer during one action."""

    def __init__(
        self,
        rules: Rules,
        scope: Scope,
        disk: Disk | None,
        belief: tuple[int | None, ...],
        answers: tuple[Any, ...],
    ) -> None:
        self.rules, self.scope, self.disk = rules, scope, disk or Disk()
        self._answers = iter(answers)
        self.connection = Connection(self.effect)
        self.recent = None if disk is None else rules.store(self)
        self.membership = rules.membership(self, self._starts, self._land)
        for partition, start in enumerate(belief):
            if start is not None:
                self.membership.buffer.assign(LOG, partition, start)

    def effect(self, kind: str, *details: Any) -> Any:
        """The answer of the world. Raises Suspended if there is none yet."""
        for answer in self._answers:
            return answer
        raise Suspended(kind, *details)

    @property
    def belief(self) -> tuple[int | None, ...]:
        found = self.membership.buffer.starts
        return tuple(found.get((LOG.topic, number)) for number in range(len(self.scope.messages)))

    def start(self) -> None:
        """Opens the store and fills it, before it joins the group."""
        if self.recent:
            self.recent.fill(self.connection)

    def poll(self, revoked: tuple[int, ...], assigned: tuple[int, ...]) -> None:
        """Learns what the group has decided."""
        self.membership.revoked([(LOG.topic, number) for number in revoked])
        self.membership.assigned([(LOG.topic, number) for number in assigned])

    def flush(self, counts: tuple[int, ...]) -> None:
        """Reads so many messages of each partition, and lands them."""
        buffer = self.membership.buffer
        for partition, count in enumerate(counts):
            first = buffer.starts[LOG.topic, partition] if count else 0
            for offset in range(first, first + count):
                text = self.scope.messages[partition][offset].encode()
                buffer.add(Record(STATUSES, partition, offset, 0, text))
        while part := self.membership.next_part():
            try:
                moves = self.membership.attempt(part)
            except self.rules.goes_on:
                return
            if moves and self.rules.group_commits:
                self.effect("group", moves)

    def logs(self, topics: Iterable[str]) -> Mapping[str, Log]:
        if self.effect("ask"):
            raise BrokerUnavailable("no answer")
        return dict.fromkeys(topics, LOG)

    def low(self, _place: Place) -> int:
        return 0

    def _starts(self, lows: Lows) -> Mapping[tuple[Log, int], int]:
        return self.rules.starts(self, lows)

    def _land(self, part: BatchPart) -> list[Move] | None:
        if len(part.records) > 1 and self.effect("refuse"):
            return None
        return self.rules.land(
            self.connection,
            self.rules.work(self, part),
            recent=self.recent,
            attempts=self.scope.attempts,
            pause=int,
        )
