"""The records read from Kafka and not landed yet, as spans without unknown gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from consumer.decode import Record
from consumer.writer import Span
from warehouse.offsets import Log

Place = tuple[str, int]
# What is landed at once, unless a single record is larger: it takes several times as much memory.
PART_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Some records of the buffer, and the offsets they cover."""

    spans: list[Span]
    records: list[Record]


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

    def skip(self, topic: str, partition: int, offset: int) -> None:
        """Counts what stands before `offset` and was not read as skipped."""
        place = topic, partition
        if place in self._ends:
            self._ends[place] = max(self._ends[place], offset)

    def part(self, most: int | None = None) -> Part | None:
        """The first `most` records, by default all of them; None where there is nothing to land.

        Fewer where they are large, as many as PART_BYTES hold.
        """
        most = min(self._fitting(), len(self.records) if most is None else most)
        if most >= len(self.records):
            records, ends = self.records, self._ends
        else:
            records = self.records[:most]
            ends = {(item.topic.name, item.partition): item.offset + 1 for item in records}
        spans = [
            Span(self._logs[place], place[1], self._starts[place], end)
            for place, end in ends.items()
            if end > self._starts[place]
        ]
        return Part(spans, records) if spans else None

    def _fitting(self) -> int:
        """How many of the first records PART_BYTES hold: at least one, where there is any."""
        if self.bytes <= PART_BYTES:
            return len(self.records)
        held = 0
        for number, record in enumerate(self.records):
            held += len(record.value or b"")
            if held > PART_BYTES:
                return max(number, 1)
        return len(self.records)

    def landed(self, part: Part) -> None:
        """Remove a part that has landed; the next part begins after it."""
        for span in part.spans:
            self._starts[span.log.topic, span.partition] = span.end
        self.records = self.records[len(part.records) :]
        self.bytes -= sum(len(item.value or b"") for item in part.records)

    def log_of(self, place: Place) -> Log | None:
        """The log of a partition; None where it is not assigned."""
        return self._logs.get(place)

    @property
    def places(self) -> list[Place]:
        return list(self._logs)

    @property
    def logs(self) -> set[Log]:
        return set(self._logs.values())
