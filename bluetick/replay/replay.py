"""`bluetick replay`: read dead letters or raw bodies again with the current normaliser.

Events get the same ids as the first time. So the consumer drops those that have landed, and a
second replay changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from confluent_kafka import KafkaException
from rich.console import Console
from rich.progress import Progress

from bluetick.replay.dead_letters import Letter, LetterFilter, Posts, find, posts
from bluetick.replay.published_level import is_hidden, require_level
from bluetick.replay.publisher import BulkPublisher
from bluetick.replay.raw_bodies import raw_frames
from bluetick.replay.source_dialects import Readings
from bluetick.watermarks import reason
from consumer.decode import NOT_WHOLE, Record, decode
from producer.encode import EncodedPost, Encoders
from producer.kafka.acknowledgement import Outgoing
from producer.normalise import Event, normalise
from producer.normalise.send import SENDER, sends
from producer.notices import RAW_TOO_LARGE, UNENCODABLE
from producer.privacy import veil_of
from schemas.codec import Encoder, Undecodable
from schemas.codec import decode as decode_frame
from schemas.create_topics import ensure_topics
from schemas.registry import Registry, open_registry
from schemas.registry_errors import UnknownSchema
from schemas.topics import BY_NAME, DEAD_LETTERS, RAW, TOPICS, columns_of
from settings.errors import BluetickError
from settings.times import micros
from settings.visible_text import visible
from warehouse.connection import Location, connect

# Dead letters whose payload is not a body. A replay of raw bodies may find their events.
NOT_BODIES = NOT_WHOLE | {RAW_TOO_LARGE, UNENCODABLE}
# Records of the consumer's dead letters that name people, while receivers hide them.
PEOPLE_SHOWN = "not_pseudonymous"

Item = TypeVar("Item")


class ReplayError(BluetickError):
    """Nothing can be replayed."""


@dataclass(slots=True)
class Replayed:
    """Counts of a replay; `left` counts what is still unreadable, by reason."""

    read: int = 0
    published: int = 0
    left: Counter[str] = field(default_factory=Counter)


class Replay:
    """Reads again and publishes; without a publisher, only counts."""

    def __init__(
        self, readings: Readings, registry: Registry, publisher: BulkPublisher | None
    ) -> None:
        self.counts = Replayed()
        self._readings = readings
        self._veil = veil_of(readings.privacy)
        self._registry = registry
        self._encoders: Encoders = {topic: Encoder(topic, registry) for topic in TOPICS}
        self._publisher = publisher

    def letters(self, some: list[Letter]) -> None:
        """Replay dead letters of any kind. Raises BulkPublishFailed and RegistryUnavailable."""
        self.counts.read += len(some)
        frames: dict[str, list[Letter]] = {}
        for letter in some:
            if letter.is_frame:
                frames.setdefault(letter.topic, []).append(letter)
            else:
                self._letter(letter)
        for topic, framed in frames.items():
            self._frames(topic, framed)

    def body(self, frame: bytes | None, wanted: LetterFilter, marked: Posts | None) -> None:
        """Replay one record of whatsapp.raw if it is wanted and, unless None, in `marked`.

        Raises BulkPublishFailed.
        """
        try:
            record = decode_frame(frame, self._registry, RAW)
        except (Undecodable, UnknownSchema):
            self.counts.read += 1
            self.counts.left["undecodable"] += 1
            return
        source, received_at = record["source"], record["received_at"]
        if not (
            (wanted.source is None or source == wanted.source)
            and (wanted.since is None or received_at >= wanted.since)
            and (wanted.until is None or received_at < wanted.until)
            and (marked is None or (source, micros(received_at)) in marked)
        ):
            return
        self.counts.read += 1
        events = self._normalised(record["body"], source, micros(received_at))
        for event in events:
            if event.topic is DEAD_LETTERS:
                self.counts.left[event.record["reason"]] += 1
        self._publish(events, source, micros(received_at))

    def _letter(self, letter: Letter) -> None:
        """Replay a dead letter of the receiver: its payload is a body."""
        if letter.payload is None or letter.reason in NOT_BODIES:
            self.counts.left[letter.reason] += 1
            return
        events = [
            event
            for event in self._events(letter, letter.payload)
            if event.topic is not DEAD_LETTERS or event.record["event_id"] != letter.event_id
        ]
        if not any(event.topic is not DEAD_LETTERS for event in events):
            self.counts.left[letter.reason] += 1
        self._publish(events, letter.source, letter.received_at)

    def _frames(self, name: str, framed: list[Letter]) -> None:
        """Replay dead letters of the consumer: records of one topic, as they were in Kafka."""
        topic = BY_NAME.get(name)
        if topic is None:
            self.counts.left.update(letter.reason for letter in framed)
            return
        decoded = decode(
            topic,
            [Record(topic, 0, n, one.received_at, one.payload) for n, one in enumerate(framed)],
            self._registry,
        )
        self.counts.left.update(poison.reason for poison in decoded.poison)
        keyed = "message_id" in columns_of(topic)
        outgoing = []
        for row in decoded.rows.iter_rows(named=True):
            if self._veil and not is_hidden(row):  # from before the level of privacy
                self.counts.left[PEOPLE_SHOWN] += 1
                continue
            value = framed[row["offset"]].payload
            assert value is not None  # a record without a value is poison
            key = row["message_id"].encode() if keyed and row["message_id"] else None
            outgoing.append(Outgoing(topic.name, key, value))
        self._send(outgoing)

    def _events(self, letter: Letter, payload: bytes) -> list[Event]:
        if letter.dialect != SENDER:
            return self._normalised(payload, letter.source, letter.received_at)
        # The payload is an element of the body, or a list of them.
        listed = payload if payload[:1] in (b"{", b"[") else b"[" + payload + b"]"
        number = self._readings[letter.source].business_number
        try:
            return sends(
                listed,
                source=letter.source,
                business_number=number,
                received_at=letter.received_at,
            )
        except ValueError:  # not from our receiver
            return []

    def _normalised(self, body: bytes, source: str, received_at: int) -> list[Event]:
        reading = self._readings[source]
        return normalise(
            body,
            source=source,
            dialect=reading.dialect,
            business_number=reading.business_number,
            received_at=received_at,
        )

    def _publish(self, events: list[Event], source: str, received_at: int) -> None:
        batch = EncodedPost(source, 0, received_at, self._veil)
        for event in events:
            batch.add(event, self._encoders)
        self._send(batch.records)

    def _send(self, records: list[Outgoing]) -> None:
        self.counts.published += sum(record.topic != DEAD_LETTERS.name for record in records)
        if self._publisher:
            self._publisher.send(records)


@dataclass(frozen=True, slots=True)
class Place:
    """The warehouse to read and the Kafka to publish to; with `dry_run`, nothing is published."""

    location: Location
    bootstrap: str
    registry_url: str | None
    dry_run: bool = False


def replay_letters(place: Place, wanted: LetterFilter, readings: Readings, console: Console) -> int:
    """Replay the dead letters of the warehouse. Returns the exit code.

    Raises ReplayError, LevelUnknown, Unconfigured, BulkPublishFailed, BrokerSilent, WarehouseError,
    Busy and RegistryUnavailable.
    """
    registry = open_registry(place.registry_url)
    publisher = _publisher(place, registry, readings)
    replay = Replay(readings, registry, publisher)
    with connect(place.location, read_only=True) as connection:
        total, found = find(connection, wanted)
        for some in _shown(found, total, len, "dead letters", console):
            replay.letters(some)
    return _finish(replay.counts, publisher, readings, "dead letters", console)


def replay_raw(place: Place, wanted: LetterFilter, readings: Readings, console: Console) -> int:
    """Replay the raw bodies that Kafka still keeps. Returns the exit code.

    With a reason, only bodies of POSTs that have a dead letter with this reason. Raises
    ReplayError, LevelUnknown, Unconfigured, BulkPublishFailed, BrokerSilent, WarehouseError,
    Busy and RegistryUnavailable.
    """
    marked = None
    if wanted.reason is not None:
        with connect(place.location, read_only=True) as connection:
            marked = posts(connection, wanted)
    registry = open_registry(place.registry_url)
    publisher = _publisher(place, registry, readings)
    replay = Replay(readings, registry, publisher)
    total, frames = raw_frames(place.bootstrap, wanted.since)
    for frame in _shown(frames, total, lambda _: 1, "raw bodies", console):
        replay.body(frame, wanted, marked)
    return _finish(replay.counts, publisher, readings, "raw bodies", console)


def _publisher(place: Place, registry: Registry, readings: Readings) -> BulkPublisher | None:
    """Creates missing topics, and returns the publisher; None for a dry run.

    Raises ReplayError, and LevelUnknown if the receivers have another level of privacy.
    """
    if place.dry_run:
        return None
    try:
        ensure_topics(place.bootstrap, timeout=10)
    except KafkaException as error:
        raise ReplayError(f"no broker answers at {place.bootstrap}: {reason(error)}") from None
    require_level(place.bootstrap, registry, readings.configured_privacy)
    return BulkPublisher(place.bootstrap)


def _shown(
    items: Iterator[Item], total: int, size: Callable[[Item], int], what: str, console: Console
) -> Iterator[Item]:
    """Yield the items while a progress bar shows how many of `total` are done."""
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task(what, total=total)
        for item in items:
            yield item
            progress.advance(bar, size(item))


def _finish(
    counts: Replayed,
    publisher: BulkPublisher | None,
    readings: Readings,
    what: str,
    console: Console,
) -> int:
    """Wait for the acknowledgements and print the counts. Returns the exit code."""
    for source in sorted(readings.guessed):
        console.print(f"source {source} is not configured: the dialect of its bodies was guessed")
    if publisher:
        publisher.flush()
    verb = "published" if publisher else "to publish"
    left = counts.left.total()
    print(f"{what} read {counts.read:,}, events {verb} {counts.published:,}, unreadable {left:,}")
    for why, number in counts.left.most_common():
        print(f"  {number:,} {visible(why)}")
    if not counts.read:
        console.print(
            'nothing matches; to see what exists: `bluetick sql "FROM dead_letter_counts"`'
        )
    if publisher and publisher.too_large:
        console.print(
            f"{publisher.too_large:,} records are too large for Kafka and were not published"
        )
        return 1
    return 0
