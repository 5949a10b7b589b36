"""Batches that Kafka holds and its client cannot take apart, and how to get past them.

Such a batch is refused by the client each time it is fetched, so whatever stands behind it in its
partition would never be read. A broker takes some of them: one that decompresses to more than the
client allows, or with bytes left over after the compressed ones. The client names the first offset
of the batch, but not where it ends.
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
# The bytes may have been damaged on their way: so often the client gets the same ones.
TRIES = 3
ANSWER_SECONDS = 3.0
# What belongs to a member of a group, which a probe is not.
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
    """A batch to leave out: the record that stands for it, and where to go on."""

    record: Record
    next: TopicPartition


class UnreadableBatches:
    """Counts the client's failures, and finds where an unreadable batch ends."""

    def __init__(self, config: dict[str, Any]) -> None:
        """`config` are the settings of the consumer whose failures are reported."""
        kept = {name: value for name, value in config.items() if name not in _MEMBERSHIP}
        self.probe = {**kept, **_PROBE}
        self._failing: dict[tuple[str, int], tuple[int, int]] = {}

    def failed(self, message: Message) -> Passed | None:
        """To be called with each message whose error is one of CODES.

        None: it is tried again. Otherwise land the record and seek to where to go on.
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
        refusal = Refusal("unreadable_batch", f"{detail}: {error.name()}")
        return Passed(
            Record(BY_NAME[topic], partition, base, now, None, refusal),
            TopicPartition(topic, partition, end),
        )


def end_of_batch(config: dict[str, Any], topic: str, partition: int, base: int) -> int | None:
    """The first offset behind the unreadable batch that begins at `base`.

    None where the broker does not answer. It takes about two fetches for each doubling of the
    number of records in the batch.
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
        logger.warning("%s partition %d cannot be probed: %s", topic, partition, error)
        return None
    finally:
        consumer.close()


class _Silent(Exception):
    """The broker does not even answer as it did before."""


def _holds(consumer: Consumer, topic: str, partition: int, offset: int, base: int) -> bool:
    """Whether this offset lies in the unreadable batch that begins at `base`. Raises _Silent.

    Whatever else comes from there says that it does not: a message, the partition's end, or that
    it lies beyond that. There the embedded broker says nothing, so silence counts as long as
    the batch itself is still told of.
    """
    held = _answer(consumer, TopicPartition(topic, partition, offset), base)
    if held is None and not _answer(consumer, TopicPartition(topic, partition, base), base):
        raise _Silent("no answer")
    return bool(held)


def _answer(consumer: Consumer, place: TopicPartition, base: int) -> bool | None:
    """Whether the unreadable batch is told of where this place is asked for; None: no answer."""
    consumer.assign([place])
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is None or message.topic() is None:
            continue
        error = message.error()
        return error is not None and error.code() in CODES and message.offset() == base
    return None
