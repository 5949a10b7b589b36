"""Skips batches in Kafka that the client cannot read.

The client refuses such a batch each time it fetches it, so the records after it would never be
read. Brokers accept some of these batches: one that decompresses to more than the client allows,
or one with bytes after the compressed data. The client names the first offset of the batch, but
not its end.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from consumer.decode import Record, Unlandable
from consumer.intake import FETCH
from schemas.topics import BY_NAME

logger = logging.getLogger(__name__)

CODES = (KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION, KafkaError._NOT_IMPLEMENTED)
# Attempts before a batch is skipped: the bytes may have been damaged on the network.
TRIES = 3
ANSWER_SECONDS = 3.0
# Settings of a group member. The consumer that looks for the end is not in a group.
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
    """A skipped batch: the record that replaces it, and the offset to continue at."""

    record: Record
    next: TopicPartition


class UnreadableBatches:
    """Counts the client's failures, and finds where an unreadable batch ends."""

    def __init__(self, config: dict[str, Any]) -> None:
        """`config`: the settings of the consumer whose failures are reported."""
        kept = {name: value for name, value in config.items() if name not in _MEMBERSHIP}
        self.probe = {**kept, **_PROBE}
        self._failing: dict[tuple[str, int], tuple[int, int]] = {}

    def failed(self, message: Message) -> Passed | None:
        """Call with each message whose error is one of CODES.

        Returns None if the batch is to be tried again. Otherwise add the record and seek to `next`.
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
        end = end_of_batch(self.probe, topic, partition, base)
        if end is None:
            return None
        del self._failing[place]
        where = f"at offset {base}" if end == base + 1 else f"of offsets {base} to {end - 1}"
        detail = f"the Kafka client cannot read the batch {where}"
        logger.error("%s partition %d: %s: %s", topic, partition, detail, error.str())
        now = int(time.time() * 1_000_000)
        unlandable = Unlandable("unreadable_batch", f"{detail}: {error.name()}")
        return Passed(
            Record(BY_NAME[topic], partition, base, now, None, unlandable),
            TopicPartition(topic, partition, end),
        )


def end_of_batch(config: dict[str, Any], topic: str, partition: int, base: int) -> int | None:
    """The first offset after the unreadable batch that begins at `base`.

    None if the broker does not answer. For a batch of n records, this needs about 2 log2(n)
    fetches.
    """
    consumer = Consumer(config, logger=logger)
    try:
        inside, step = base, 1
        while _holds(consumer, topic, partition, inside + step, base):
            inside, step = inside + step, step * 2
        behind = inside + step
        while behind - inside > 1:
            middle = (inside + behind) // 2
            if _holds(consumer, topic, partition, middle, base):
                inside = middle
            else:
                behind = middle
        return behind
    except (KafkaException, _Silent) as error:
        logger.warning(
            "%s partition %d: the end of the batch was not found: %s", topic, partition, error
        )
        return None
    finally:
        consumer.close()


class _Silent(Exception):
    """The broker no longer answers at the start of the batch."""


def _holds(consumer: Consumer, topic: str, partition: int, offset: int, base: int) -> bool:
    """Whether this offset is in the unreadable batch that begins at `base`. Raises _Silent.

    It is not if there is any other answer: a message, the end of the partition, or an error that
    the offset is beyond it. The embedded broker does not answer beyond the end. So no answer also
    means no, if the broker still reports the batch at its start.
    """
    held = _answer(consumer, TopicPartition(topic, partition, offset), base)
    if held is None and not _answer(consumer, TopicPartition(topic, partition, base), base):
        raise _Silent("no answer")
    return bool(held)


def _answer(consumer: Consumer, place: TopicPartition, base: int) -> bool | None:
    """Whether a fetch at this place reports the unreadable batch; None if there is no answer."""
    consumer.assign([place])
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is None or message.topic() is None:
            continue
        error = message.error()
        return error is not None and error.code() in CODES and message.offset() == base
    return None
