"""Publishes records from a command and waits for their acknowledgements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from producer.kafka.acknowledgement import Outgoing
from producer.kafka.client import FRAMING_BYTES, producer_config
from settings.errors import BluetickError
from settings.limits import Limits

DELIVERY_SECONDS = 60.0  # no webhook waits for an answer here
ROOM_SECONDS = 0.1


class BulkPublishFailed(BluetickError):
    """Not every record was acknowledged."""


class BulkPublisher:
    """Publishes records, and waits if too many are not acknowledged yet.

    `too_large` counts records above the size limit. They do not stop the others.
    """

    def __init__(self, bootstrap: str) -> None:
        limits = replace(Limits.from_environment(), delivery_seconds=DELIVERY_SECONDS)
        config = producer_config(bootstrap, limits)
        self._producer = Producer({**config, "client.id": "bluetick-replay", "log_level": 2})
        self._most = limits.max_record_bytes
        self._failure: str | None = None
        self.too_large = 0

    def send(self, records: Iterable[Outgoing]) -> None:
        """Publish the records. Raises BulkPublishFailed as soon as one has failed."""
        for record in records:
            self._check()
            if len(record.value) + len(record.key or b"") + FRAMING_BYTES > self._most:
                self.too_large += 1
                continue
            while not self._queued(record):
                self._producer.poll(ROOM_SECONDS)
                self._check()
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until all records are acknowledged. Raises BulkPublishFailed."""
        while self._producer.flush(ROOM_SECONDS):
            self._check()
        self._check()

    def _queued(self, record: Outgoing) -> bool:
        try:
            self._producer.produce(record.topic, record.value, record.key, on_delivery=self._report)
        except BufferError:
            return False
        except KafkaException as error:
            self._failure = _text(error.args[0], record.topic)
        return True

    def _report(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            return
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            self.too_large += 1
        elif self._failure is None:
            self._failure = _text(error, message.topic() or "")

    def _check(self) -> None:
        if self._failure:
            raise BulkPublishFailed(
                f"{self._failure}. Some records may be published; it is safe to replay again"
            )


def _text(error: KafkaError, topic: str) -> str:
    return f"{topic}: the broker did not accept a record: {error.str()}"
