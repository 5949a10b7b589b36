"""Skips batches in Kafka that the Kafka client cannot read.

The client fails at such a batch at every fetch, so the records after it would never be read. A
broker accepts such batches: one that decompresses to more than the client allows, or one with bytes
after the compressed data. The client names the first offset of the batch, but not its end.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from consumer.decode import Record, Refusal
from consumer.intake import FETCH
from schemas.topics import BY_NAME

logger = logging.getLogger(__name__)

CODES = (KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION, KafkaError._NOT_IMPLEMENTED)
# The bytes may have been damaged on the network, so the client tries this often.
TRIES = 3
ANSWER_SECONDS = 10.0
# Settings of a group member; a probe does not join a group.
_MEMBERSHIP = ("group.protocol", "session.timeout.ms", "error_cb")
_PROBE: dict[str, Any] = {
    **FETCH,
    "fetch.max.bytes": 1_000,  # so the broker sends a single batch
    "max.partition.fetch.bytes": 1_000,
    "message.max.bytes": 1_000,
    "auto.offset.reset": "error",
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 10,
}


@dataclass(frozen=True, slots=True)
class Passed:
    """A batch to skip: the record that represents it, and the offset after it."""

    record: Record
    next: TopicPartition


class UnreadableBatches:
    """Counts the client's failures, and finds where an unreadable batch ends."""

    def __init__(self, config: dict[str, Any]) -> None:
        """`config` are the settings of the Kafka consumer that fails."""
        kept = {name: value for name, value in config.items() if name not in _MEMBERSHIP}
        self._config = {**kept, **_PROBE}
        self._failing: dict[tuple[str, int], tuple[int, int]] = {}

    def failed(self, message: Message) -> Passed | None:
        """Call with each message whose error is one of CODES.

        None: try again. Otherwise land the record and seek to `next`.
        """
        topic, partition, base = str(message.topic()), message.partition(), message.offset()
        error = message.error()
        assert partition is not None
        assert base is not None
        assert error is not None
        place = topic, partition
        before, times = self._failing.get(place, (base, 0))
        self._failing[place] = base, times + 1 if before == base else 1
        if self._failing[place][1] < TRIES:
            return None
        end = end_of_batch(self._config, topic, partition, base)
        if end is None:
            return None
        del self._failing[place]
        detail = f"the Kafka client cannot read the batch of offsets {base} to {end - 1}"
        logger.error("%s partition %d: %s: %s", topic, partition, detail, error.str())
        now = int(time.time() * 1_000_000)
        refusal = Refusal("unreadable_batch", f"{detail}: {error.name()}")
        return Passed(
            Record(BY_NAME[topic], partition, base, now, None, refusal),
            TopicPartition(topic, partition, end),
        )


def end_of_batch(config: dict[str, Any], topic: str, partition: int, base: int) -> int | None:
    """The first offset after the unreadable batch that begins at `base`.

    None if the broker does not answer in time. It takes about two fetches for each doubling of
    the number of records in the batch.
    """
    consumer = Consumer(config, logger=logger)
    try:
        inside, step = base, 1
        while True:  # until behind it
            held = _holds(consumer, TopicPartition(topic, partition, inside + step), base)
            if held is None:
                return None
            if not held:
                break
            inside, step = inside + step, step * 2
        behind = inside + step
        while behind - inside > 1:
            middle = (inside + behind) // 2
            held = _holds(consumer, TopicPartition(topic, partition, middle), base)
            if held is None:
                return None
            inside, behind = (middle, behind) if held else (inside, middle)
        return behind
    except KafkaException as error:
        logger.warning("%s partition %d cannot be probed: %s", topic, partition, error)
        return None
    finally:
        consumer.close()


def _holds(consumer: Consumer, place: TopicPartition, base: int) -> bool | None:
    """Whether this offset is in the unreadable batch that begins at `base`; None: no answer.

    Everything else is an answer too: a message, the end of the partition, or an offset beyond it.
    """
    consumer.assign([place])
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is None or message.topic() is None:
            continue
        error = message.error()
        return error is not None and error.code() in CODES and message.offset() == base
    return None
