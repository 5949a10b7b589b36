"""The records read from Kafka and not landed yet, as spans without unknown gaps."""

from __future__ import annotations

from collections.abc import Iterable

from consumer.decode import Record
from consumer.land import Span
from consumer.offsets import Log

Place = tuple[str, int]


class Buffer:
    """Keeps what was read of each assigned partition since its last landing."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.bytes = 0
        self._logs: dict[Place, Log] = {}
        self._starts: dict[Place, int] = {}
        self._ends: dict[Place, int] = {}

    def assign(self, log: Log, partition: int, start: int) -> None:
        """Begins a partition at an offset."""
        place = log.topic, partition
        self._logs[place] = log
        self._starts[place] = self._ends[place] = start

    def drop(self, places: Iterable[Place]) -> None:
        """Forgets partitions with all their records: their next owner will read them again."""
        gone = set(places)
        for place in gone:
            for known in (self._logs, self._starts, self._ends):
                known.pop(place, None)
        kept = [item for item in self.records if (item.topic.name, item.partition) not in gone]
        self.records = kept
        self.bytes = sum(len(item.value or b"") for item in kept)

    def add(self, record: Record) -> None:
        """Takes a record; those of no assigned partition, or read before, are ignored."""
        place = record.topic.name, record.partition
        end = self._ends.get(place)
        if end is None or record.offset < end:
            return
        self.records.append(record)
        self.bytes += len(record.value or b"")
        self._ends[place] = record.offset + 1

    def spans(self) -> list[Span]:
        """What the buffered records cover."""
        return [
            Span(self._logs[place], place[1], start, self._ends[place])
            for place, start in self._starts.items()
            if self._ends[place] > start
        ]

    def landed(self) -> None:
        """All spans have landed: begin anew behind them."""
        self.records = []
        self.bytes = 0
        self._starts = dict(self._ends)

    def log_of(self, place: Place) -> Log | None:
        """The log of a partition; None where it is not assigned."""
        return self._logs.get(place)

    @property
    def places(self) -> list[Place]:
        return list(self._logs)

    @property
    def logs(self) -> set[Log]:
        return set(self._logs.values())
