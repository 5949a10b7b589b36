"""What one consumer does with its partitions: takes, reads, lands and releases them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from consumer.batch_buffer import BatchPart, Buffer, Place
from consumer.isolation import Portions
from consumer.topic_ids import BrokerUnavailable
from schemas.registry_errors import RegistryUnavailable
from warehouse.offsets import Log, Move, refuse_former
from warehouse.transaction import Busy

# Nothing has landed, and the same records may land later. After another error, the consumer leaves
# the group, and what it has read is read again.
PASSING = (Busy, BrokerUnavailable, RegistryUnavailable)


class Broker(Protocol):
    """What is asked of the broker. Each method raises BrokerUnavailable."""

    def logs(self, topics: Iterable[str], /) -> Mapping[str, Log]:
        """The current log of each topic."""

    def low(self, place: Place, /) -> int:
        """The lowest offset of a partition."""


class Membership:
    """From joining the group to leaving it, or to being fenced.

    `starts` returns the first offset to read of partitions, by their lowest offsets in the broker.
    `land` lands records; it returns None if they cannot land but fewer of them might.
    """

    def __init__(
        self,
        broker: Broker,
        starts: Callable[[Mapping[tuple[Log, int], int]], Mapping[tuple[Log, int], int]],
        land: Callable[[BatchPart], list[Move] | None],
    ) -> None:
        self._broker, self._starts, self._land = broker, starts, land
        self.buffer = Buffer()
        self._portions = Portions()

    def assigned(self, places: Iterable[Place]) -> dict[Place, int]:
        """Takes partitions. Returns the first offset to read of each.

        Raises BrokerUnavailable, Busy and LogChanged; then it has taken none.
        """
        places = list(places)
        if not places:
            return {}
        logs = self._broker.logs(topic for topic, _ in places)
        known = {(logs[place[0]], place[1]): self._broker.low(place) for place in places}
        starts = self._starts(known)
        first = {(log.topic, partition): starts[log, partition] for log, partition in known}
        for (topic, partition), start in first.items():
            self.buffer.assign(logs[topic], partition, start)
        return first

    def revoked(self, places: Iterable[Place]) -> None:
        """Releases partitions; their next owner reads again what has not landed."""
        self.buffer.drop(places)

    def next_part(self) -> BatchPart | None:
        """The next records to land; None if there are none."""
        return self._portions.of(self.buffer)

    def attempt(self, part: BatchPart) -> list[Move] | None:
        """Lands records. Returns None if the next part must be smaller.

        After one of PASSING, try again; after another error, this membership has ended.
        """
        # A topic that was recreated meanwhile has other records at the same offsets.
        self._verify()
        moves = self._land(part)
        if moves is None:
            self._portions.refused(part)
            return None
        self.buffer.landed(part)
        self._portions.landed(len(self.buffer.records))
        return moves

    def _verify(self) -> None:
        now = self._broker.logs(log.topic for log in self.buffer.logs)
        for log in self.buffer.logs:
            if now[log.topic] != log:
                refuse_former(now[log.topic], [log])
