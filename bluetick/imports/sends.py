"""`bluetick import sends`: publishes what a CSV file says about messages that were sent."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from confluent_kafka import KafkaException
from rich.console import Console
from rich.progress import Progress

from bluetick.imports.sends_file import BadFile, elements
from bluetick.replay.published_level import require_level
from bluetick.replay.publisher import BulkPublisher
from bluetick.replay.source_dialects import Readings
from bluetick.watermarks import reason
from producer.kafka.acknowledgement import Outgoing
from producer.normalise.dead_letter import DETAILS, Unreadable
from producer.normalise.send import send_event, sender_scope
from producer.privacy import veil_of
from schemas.codec import Encoder
from schemas.create_topics import ensure_topics
from schemas.registry import Registry, open_registry
from schemas.topics import SENDS
from settings.errors import BluetickError
from settings.sources import NAME

DEFAULT_SOURCE = "import"
CHUNK = 1_000
READ_BYTES = 1024 * 1024


class ImportFailed(BluetickError):
    """Nothing can be imported; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """The Kafka to publish to, and the source of the rows, which need not be configured."""

    bootstrap: str
    registry_url: str | None
    source: str = DEFAULT_SOURCE
    config: Path | None = None

    def readings(self) -> Readings:
        """What is configured. Raises ConfigError."""
        return Readings.of(self.config, guess=True)


def import_sends(file: Path, target: Target, console: Console) -> int:
    """Publishes every row of the file, with a progress bar. Returns their number.

    Stops at the first line that cannot be read. What was published before lands; when the
    corrected file is imported, it is recognised. Rows are published at the configured level of
    privacy, which must not keep more than the receivers do. Raises ImportFailed, LevelUnknown,
    BadFile, BulkPublishFailed, ConfigError, BrokerSilent and RegistryUnavailable.
    """
    if not NAME.fullmatch(target.source):
        raise ImportFailed(
            "--source must be a name of small letters, digits, - and _, as in the configuration"
        )
    registry, readings = open_registry(target.registry_url), target.readings()
    records = _records(file, target, registry, readings, console)
    first = list(islice(records, CHUNK))  # before the broker is asked: the file may be wrong
    publisher = open_publisher(target.bootstrap, registry, readings)
    count = 0
    try:
        while first:
            publisher.send(first)
            count += len(first)
            first = list(islice(records, CHUNK))
    finally:  # also what comes before a line that cannot be read
        publisher.flush()
    if publisher.too_large:
        raise ImportFailed(
            f"{publisher.too_large:,} rows are too large for Kafka and were not published: raise "
            f"max.message.bytes of {SENDS.name}, or shorten them"
        )
    return count


def open_publisher(bootstrap: str, registry: Registry, readings: Readings) -> BulkPublisher:
    """Publishes to this Kafka. Raises ImportFailed if there is none, and LevelUnknown."""
    try:
        ensure_topics(bootstrap, timeout=10)
    except KafkaException as error:
        raise ImportFailed(
            f"no broker answers at {bootstrap}: {reason(error)}. Start `bluetick up`, or name your "
            "Kafka with --bootstrap-servers"
        ) from None
    require_level(bootstrap, registry, readings.configured_privacy)
    return BulkPublisher(bootstrap)


def _records(
    file: Path, target: Target, registry: Registry, readings: Readings, console: Console
) -> Iterator[Outgoing]:
    encode = Encoder(SENDS, registry)
    veil = veil_of(readings.privacy)
    number = readings[target.source].business_number
    scope = sender_scope(target.source, number, time.time_ns() // 1000)
    for line, element in elements(_lines(file, console), file):
        try:
            event = send_event(scope, element)
        except Unreadable as error:
            raise BadFile(
                f"{file}, line {line}: {DETAILS[error.reason]}: correct it and import the file "
                "again. Rows that were published before are not landed twice"
            ) from None
        event = event if veil is None else veil(event)
        yield Outgoing(event.topic.name, event.key, encode(event.record))


def _lines(file: Path, console: Console) -> Iterator[str]:
    """The lines of the file, while a progress bar shows how many of its bytes were read."""
    try:
        with (
            file.open("rb", buffering=0) as raw,
            Progress(console=console, disable=not console.is_terminal) as progress,
            io.TextIOWrapper(
                io.BufferedReader(raw, READ_BYTES), encoding="utf-8-sig", newline=""
            ) as text,
        ):
            bar = progress.add_task("sends", total=file.stat().st_size)
            for number, line in enumerate(text):
                if number % CHUNK == 0:
                    progress.update(bar, completed=raw.tell())
                yield line
            progress.update(bar, completed=raw.tell())
    except OSError as error:
        raise ImportFailed(f"{file} cannot be read ({error.strerror}): check its name") from None
