"""The records that were read from Kafka and have not landed yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from consumer.decode import Record
from warehouse.offsets import Log, Span

Place = tuple[str, int]
# Bytes to land at once, unless a single record is larger. Landing needs several times the memory.
PART_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BatchPart:
    """Some records of the buffer, and the offsets they cover."""

    spans: list[Span]
    records: list[Record]


class Buffer:
    """The records of each assigned partition since its last landing, without unknown gaps."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.bytes = 0
        self._logs: dict[Place, Log] = {}
        self._starts: dict[Place, int] = {}
        self._ends: dict[Place, int] = {}

    def assign(self, log: Log, partition: int, start: int) -> None:
        """Adds a partition that is read from the offset `start`."""
        place = log.topic, partition
        self._logs[place] = log
        self._starts[place] = self._ends[place] = start

    def drop(self, places: Iterable[Place]) -> None:
        """Removes partitions with all their records; their next owner reads them again."""
        gone = set(places)
        for place in gone:
            for known in (self._logs, self._starts, self._ends):
                known.pop(place, None)
        kept = [item for item in self.records if (item.topic.name, item.partition) not in gone]
        self.records = kept
        self.bytes = sum(len(item.value or b"") for item in kept)

    def add(self, record: Record) -> None:
        """Adds a record. Ignores it if its partition is not assigned, or if it was read before."""
        place = record.topic.name, record.partition
        end = self._ends.get(place)
        if end is None or record.offset < end:
            return
        self.records.append(record)
        self.bytes += len(record.value or b"")
        self._ends[place] = record.offset + 1

    def skip(self, topic: str, partition: int, offset: int) -> None:
        """Counts all offsets below `offset` that were not read as skipped."""
        place = topic, partition
        if place in self._ends:
            self._ends[place] = max(self._ends[place], offset)

    def part(self, most: int | None = None) -> BatchPart | None:
        """The first `most` records (default: all); None if there is nothing to land.

        Returns fewer records if they have more than PART_BYTES together.
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
        return BatchPart(spans, records) if spans else None

    def _fitting(self) -> int:
        """How many of the first records fit into PART_BYTES; at least one if there are any."""
        if self.bytes <= PART_BYTES:
            return len(self.records)
        held = 0
        for number, record in enumerate(self.records):
            held += len(record.value or b"")
            if held > PART_BYTES:
                return max(number, 1)
        return len(self.records)

    def landed(self, part: BatchPart) -> None:
        """Removes a part that has landed; the next part starts after it."""
        for span in part.spans:
            self._starts[span.log.topic, span.partition] = span.end
        self.records = self.records[len(part.records) :]
        self.bytes -= sum(len(item.value or b"") for item in part.records)

    def log_of(self, place: Place) -> Log | None:
        """The log of a partition; None if it is not assigned."""
        return self._logs.get(place)

    @property
    def starts(self) -> dict[Place, int]:
        """The next offset to land of each assigned partition."""
        return dict(self._starts)

    @property
    def places(self) -> list[Place]:
        return list(self._logs)

    @property
    def logs(self) -> set[Log]:
        return set(self._logs.values())
