"""Turns the body of a POST into encoded records, ready to publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from producer.kafka.acknowledgement import Outgoing
from producer.normalise import normalise, raw_event
from producer.normalise.dead_letter import MALFORMED_JSON
from producer.normalise.event import Event
from producer.normalise.send import sends
from producer.notices import oversize_notice, unencodable_notice
from producer.privacy import Veil
from schemas.codec import Encoder
from schemas.topics import DEAD_LETTERS, RAW, Topic
from settings.sources import Source

Encoders = Mapping[Topic, Encoder]


@dataclass(slots=True)
class EncodedPost:
    """The records of one POST, and the counts for the metrics once they are acknowledged.

    `size` is the number of bytes of the body, `received_at` microseconds since 1970. `veil` is
    applied to every event, unless it is None.
    """

    source: str
    size: int
    received_at: int
    veil: Veil | None = None
    records: list[Outgoing] = field(default_factory=list)
    topics: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def malformed(self) -> bool:
        """Whether the body is not valid JSON."""
        return MALFORMED_JSON in self.reasons

    def add(self, event: Event, encoders: Encoders) -> None:
        """Adds one event. If it does not fit its schema, a dead letter takes its place."""
        try:
            event = self._kept(event)
            value = encoders[event.topic](event.record)
        except Exception:  # a wrong type can raise anything; the other events must not be lost
            event = self._kept(unencodable_notice(event, self.source, self.received_at))
            value = encoders[event.topic](event.record)
        self.records.append(Outgoing(event.topic.name, event.key, value))
        topic = event.topic.name
        self.topics[topic] = self.topics.get(topic, 0) + 1
        if event.topic is DEAD_LETTERS:
            reason = event.record["reason"]
            self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def _kept(self, event: Event) -> Event:
        return event if self.veil is None else self.veil(event)

    def note_missing_raw(self, encoders: Encoders) -> None:
        """Replaces all records by a notice that Kafka refused the raw body for its size.

        Call this after the other records are acknowledged.
        """
        del self.topics[RAW.name]
        self.records.clear()
        self.add(oversize_notice(self.source, self.size, self.received_at), encoders)


def batch_of(
    body: bytes,
    source: Source,
    content_type: str | None,
    received_at: int,
    encoders: Encoders,
    veil: Veil | None = None,
) -> EncodedPost:
    """The raw body and its events, encoded; `received_at` in microseconds since 1970.

    With a `veil`, there is no raw body.
    """
    batch = EncodedPost(source.name, len(body), received_at, veil)
    if veil is None:
        batch.add(
            raw_event(body, source=source.name, content_type=content_type, received_at=received_at),
            encoders,
        )
    for event in normalise(
        body,
        source=source.name,
        dialect=source.dialect,
        business_number=source.business_number,
        received_at=received_at,
    ):
        batch.add(event, encoders)
    return batch


def sends_batch_of(
    body: bytes,
    source: Source,
    content_type: str | None,  # noqa: ARG001
    received_at: int,
    encoders: Encoders,
    veil: Veil | None = None,
) -> EncodedPost:
    """What a sender says about its messages, encoded; the arguments are those of `batch_of`.

    The body is not published too: all of it is in the events and dead letters. Raises what
    `producer.normalise.send.sends` does.
    """
    batch = EncodedPost(source.name, len(body), received_at, veil)
    for event in sends(
        body,
        source=source.name,
        business_number=source.business_number,
        received_at=received_at,
    ):
        batch.add(event, encoders)
    return batch
