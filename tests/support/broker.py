"""Brokers for tests, and reading back what tests publish."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from bluetick.local.broker import EmbeddedBroker
from bluetick.watermarks import Place, extents, position
from schemas.codec import decode
from schemas.create_topics import ensure_topics
from schemas.registry import DerivedRegistry
from schemas.topics import TOPICS, Topic
from tests.support.ports import free_port
from tests.support.topics import await_topics

EXTERNAL = "KAFKA_BOOTSTRAP_SERVERS"


@contextmanager
def shared_bootstrap() -> Iterator[str]:
    """This worker's Kafka in KAFKA_BOOTSTRAP_SERVERS, or an embedded broker; with all topics."""
    external = own_kafka()
    if external:
        ensure_topics(external)
        await_topics(external)
        yield external
        return
    with fresh_broker() as broker:
        yield broker.bootstrap


def own_kafka() -> str | None:
    """The bootstrap servers for this pytest worker. Each worker has its own Kafka.

    KAFKA_BOOTSTRAP_SERVERS names one for each worker, separated by blanks.
    """
    each = os.environ.get(EXTERNAL, "").split()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return each[int(worker) % len(each)] if each else None


@contextmanager
def fresh_broker() -> Iterator[EmbeddedBroker]:
    """A new embedded broker on a free port, with all topics, which a test may stop or fill."""
    with EmbeddedBroker(free_port(), ready_timeout=120) as broker:
        ensure_topics(broker.bootstrap)
        yield broker


class Tail:
    """Reads everything that is published to `topics` after this object was made.

    The topics must exist. Reads without a group, so nothing of it stays on the broker.
    """

    def __init__(self, bootstrap: str, topics: tuple[Topic, ...] = TOPICS) -> None:
        self._bootstrap = bootstrap
        found = extents(bootstrap, [topic.name for topic in topics])
        self._next = {place: extent.end for place, extent in found.items()}

    def messages(self) -> list[Message]:
        """All messages that are published and not yet returned; sorted only within partitions."""
        found: list[Message] = []
        ended: set[Place] = set()
        with self._consumer() as consumer:
            consumer.assign([TopicPartition(*place, at) for place, at in self._next.items()])
            while len(ended) < len(self._next):
                for message in consumer.consume(1000, timeout=0.1):
                    place, offset = position(message)
                    error = message.error()
                    if error is not None:
                        assert error.code() == KafkaError._PARTITION_EOF, error
                        ended.add(place)
                        continue
                    self._next[place] = offset + 1
                    found.append(message)
        return found

    def records(self) -> dict[str, list[dict[str, Any]]]:
        """The same, decoded, by topic name; a topic without new messages has no entry."""
        registry = DerivedRegistry()
        found: dict[str, list[dict[str, Any]]] = {}
        for message in self.messages():
            found.setdefault(str(message.topic()), []).append(decode(message.value(), registry))
        return found

    @contextmanager
    def _consumer(self) -> Iterator[Consumer]:
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": f"tail-{uuid.uuid4().hex}",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 5,
                "log_level": 0,
            }
        )
        try:
            yield consumer
        finally:
            consumer.close()
