"""Records that cannot be decoded, written directly to the topics as an unknown writer could."""

from __future__ import annotations

import random
import struct

from confluent_kafka import Producer

from schemas.registry import DerivedRegistry
from schemas.topics import ACCOUNT_EVENTS, MESSAGES, STATUSES, Topic
from settings.kafka import client_config

SECONDS = 10.0


class Poison:
    """Writes undecodable records, and counts those that the broker has acknowledged."""

    def __init__(self, bootstrap: str, seed: int = 1) -> None:
        self.acknowledged = 0
        self._chance = random.Random(seed)
        self._producer = Producer({**client_config(bootstrap), "log_level": 0})

    def write(self) -> None:
        """Writes one record of each kind, without waiting for the broker."""
        topic = self._chance.choice((STATUSES, MESSAGES, ACCOUNT_EVENTS))
        for value in self._kinds(topic):
            self._producer.produce(topic.name, value=value, on_delivery=self._acknowledged)
        self._producer.poll(0)

    def finish(self) -> None:
        """Waits for the broker's answers."""
        self._producer.flush(SECONDS)

    def _kinds(self, topic: Topic) -> list[bytes | None]:
        known = DerivedRegistry().id_of(topic)
        return [
            b"this is not Avro",
            struct.pack(">bI", 0, 4_000_000_000) + self._chance.randbytes(40),
            struct.pack(">bI", 0, known) + self._chance.randbytes(8),
            None,
        ]

    def _acknowledged(self, error: object, _message: object) -> None:
        self.acknowledged += error is None
