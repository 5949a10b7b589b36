"""From a body to the encoded records it is published as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from producer.kafka.delivery import Outgoing
from producer.normalise import normalise, raw_event
from producer.normalise.dead_letter import MALFORMED_JSON
from producer.normalise.event import Event
from producer.notices import oversize_notice, unencodable_notice
from schemas.codec import Encoder
from schemas.topics import DEAD_LETTERS, RAW, Topic
from settings.sources import Source

Encoders = Mapping[Topic, Encoder]


@dataclass(slots=True)
class Batch:
    """The records of one POST, and what the metrics say of them once they are acknowledged."""

    source: str
    size: int
    received_at: int
    records: list[Outgoing] = field(default_factory=list)
    topics: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def malformed(self) -> bool:
        """Whether the body was no JSON."""
        return MALFORMED_JSON in self.reasons

    def add(self, event: Event, encoders: Encoders) -> None:
        """Adds one event; one that does not fit its schema becomes a dead letter by itself."""
        try:
            value = encoders[event.topic](event.record)
        except Exception:  # whatever a wrong type provokes: its neighbours are not to suffer
            event = unencodable_notice(event, self.source, self.received_at)
            value = encoders[event.topic](event.record)
        self.records.append(Outgoing(event.topic.name, event.key, value))
        self.topics[event.topic.name] += 1
        if event.topic is DEAD_LETTERS:
            self.reasons[event.record["reason"]] += 1

    def note_missing_raw(self, encoders: Encoders) -> None:
        """Puts a notice in the place of the raw body, which Kafka refused for its size."""
        del self.topics[RAW.name]
        self.records.clear()
        self.add(oversize_notice(self.source, self.size, self.received_at), encoders)


def batch_of(
    body: bytes, source: Source, content_type: str | None, received_at: int, encoders: Encoders
) -> Batch:
    """The raw body and its events, encoded; `received_at` in microseconds since the epoch."""
    batch = Batch(source.name, len(body), received_at)
    raw = raw_event(body, source=source.name, content_type=content_type, received_at=received_at)
    batch.add(raw, encoders)
    for event in normalise(
        body,
        source=source.name,
        dialect=source.dialect,
        business_number=source.business_number,
        received_at=received_at,
    ):
        batch.add(event, encoders)
    return batch
