"""What a hostile writer can put into an Apache Kafka, and what Kafka refuses with a setting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from consumer.settings import ConsumerSettings
from consumer.unreadable import UnreadableBatches, end_of_batch
from tests.support.batches import send, unreadable
from tests.support.kafka import Kafka
from warehouse.connection import Location

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with Kafka(tmp_path_factory.mktemp("kafka")) as one:
        yield one


def topic(kafka: Kafka, name: str, **settings: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    new = NewTopic(name, num_partitions=1, replication_factor=1, config=settings)
    admin.create_topics([new])[name].result(30)


def published(kafka: Kafka, name: str, value: bytes, compression: str) -> KafkaError | None:
    """Publishes a value, and returns why it was refused; None if it was accepted."""
    producer = Producer(
        {
            "bootstrap.servers": kafka.bootstrap,
            "compression.type": compression,
            "message.max.bytes": 300_000_000,
            "log_level": 0,
        }
    )
    errors: list[KafkaError | None] = []
    producer.produce(name, value, partition=0, on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(60) == 0
    return errors[0]


@pytest.mark.parametrize("count", [1, 2, 100])
def test_the_end_of_an_unreadable_batch_is_found(kafka: Kafka, tmp_path: Path, count: int) -> None:
    name = f"unreadable-{count}"
    topic(kafka, name)
    settings = ConsumerSettings(kafka.bootstrap, Location.under(tmp_path), group_protocol="static")
    probe = UnreadableBatches(settings.kafka_config()).probe
    batch = unreadable([b"x"] * count)
    assert published(kafka, name, b"first", "none") is None  # the partition has a leader now
    bases = [send(kafka.bootstrap, name, 0, batch)]
    assert published(kafka, name, b"between", "none") is None
    bases.append(send(kafka.bootstrap, name, 0, batch))
    assert bases == [1, count + 2]
    assert [end_of_batch(probe, name, 0, base) for base in bases] == [count + 1, 2 * count + 2]


@pytest.mark.parametrize("compression", ["gzip", "lz4", "zstd"])
def test_without_compression_in_the_topic_the_decompressed_size_counts(
    kafka: Kafka, compression: str
) -> None:
    largest = {"max.message.bytes": str(1024 * 1024)}
    zeros = bytes(5_000_000)
    for stored, code in (("producer", None), ("uncompressed", KafkaError.MSG_SIZE_TOO_LARGE)):
        name = f"{stored}-{compression}"
        topic(kafka, name, **{"compression.type": stored, **largest})
        refused = published(kafka, name, zeros, compression)
        assert (refused and refused.code()) == code
        assert published(kafka, name, b"small" * 100, compression) is None
