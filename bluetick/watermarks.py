"""The exact first and next offsets of partitions."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from settings.errors import BluetickError
from settings.kafka import client_config

Place = tuple[str, int]
ANSWER_SECONDS = 10.0
# Settings of a client that reads without a group.
READER: dict[str, Any] = {
    "group.id": "bluetick-reader",  # required, although no group is joined
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    "allow.auto.create.topics": False,
    "fetch.wait.max.ms": 10,  # the end of an empty partition is reported after this time
    "log_level": 2,
}


class BrokerSilent(BluetickError):
    """The broker does not answer, or does not have the topic."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The offsets of a partition: from `low` to before `end`."""

    low: int
    end: int


def extents(bootstrap: str, topics: Iterable[str]) -> dict[Place, Extent]:
    """The extent of each partition of the topics. Raises BrokerSilent.

    The end that a broker reports can be too small (the embedded one reports the start of the
    last batch), so the records from there on are read until the end.
    """
    consumer = Consumer({**client_config(bootstrap), **READER})
    try:
        places = [
            (topic, partition)
            for topic in topics
            for partition in partitions(consumer, bootstrap, topic)
        ]
        if not places:
            return {}
        lows = _reported(consumer, places, OFFSET_BEGINNING)
        highs = _reported(consumer, places, OFFSET_END)
        consumer.assign(
            [TopicPartition(*place, max(lows[place], highs[place])) for place in places]
        )
        found: dict[Place, Extent] = {}
        for message in until_eof(consumer, set(lows)):
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                place_, end = position(message)
                found[place_] = Extent(min(lows[place_], end), end)
        return found
    except KafkaException as error:
        raise BrokerSilent(f"no broker answers at {bootstrap}: {reason(error)}") from None
    finally:
        consumer.close()


def _reported(consumer: Consumer, places: list[Place], end: int) -> dict[Place, int]:
    """The first or next offsets that the brokers report: one request to each, not two a partition.

    Kafka takes OFFSET_BEGINNING and OFFSET_END for times. Raises KafkaException.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        asked = [TopicPartition(*place, end) for place in places]
        try:
            found = {}
            for one in consumer.offsets_for_times(asked, timeout=ANSWER_SECONDS):
                if one.error is not None:
                    raise KafkaException(one.error)
                found[one.topic, one.partition] = one.offset
            return found
        except KafkaException as error:
            # A new topic has no leader yet, or another broker has just become it.
            moved = error.args[0].code() == KafkaError.NOT_LEADER_FOR_PARTITION
            if not moved or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def until_eof(consumer: Consumer, places: set[Place]) -> Iterable[Message]:
    """Yield records and ends of the assigned partitions, until all partitions have ended.

    The caller may remove a partition from `places` to stop waiting for it. Raises BrokerSilent
    if nothing arrives for ANSWER_SECONDS.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    while places:
        for message in consumer.consume(1000, timeout=0.2):
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:
                places.discard(position(message)[0])
                yield message
            else:
                raise BrokerSilent(f"{message.topic()}: {error.str()}")
            deadline = time.monotonic() + ANSWER_SECONDS
        if time.monotonic() > deadline:
            waiting = ", ".join(sorted({topic for topic, _ in places}))
            raise BrokerSilent(f"the broker does not answer about {waiting}")


def partitions(consumer: Consumer, bootstrap: str, topic: str) -> list[int]:
    """The partitions of a topic. Raises BrokerSilent, also if the topic does not exist."""
    try:
        found = consumer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
    except KafkaException as error:
        raise BrokerSilent(f"no broker answers at {bootstrap}: {reason(error)}") from None
    if found.error is not None or not found.partitions:
        raise BrokerSilent(f"{bootstrap} has no topic {topic} yet")
    return sorted(found.partitions)


def position(message: Message) -> tuple[Place, int]:
    """The partition and offset of a message, or of the end of a partition."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return (topic, partition), offset


def reason(error: KafkaException) -> str:
    """The Kafka client's own text for its error."""
    cause = error.args[0] if error.args else None
    return cause.str() if isinstance(cause, KafkaError) else str(error)
