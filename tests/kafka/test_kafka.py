"""The Kafka of the tests can be killed and keeps its log, which the chaos tests need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AdminClient

from schemas.topics import RAW, STATUSES
from tests.support.broker import Tail
from tests.support.kafka import LARGEST_RECORD, Kafka
from tests.support.topics import await_topics, recreate_topics

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with Kafka(tmp_path_factory.mktemp("kafka")) as one:
        yield one


@pytest.fixture
def producer(kafka: Kafka) -> Iterator[Producer]:
    recreate_topics(kafka.bootstrap)
    producer = Producer(
        {
            "bootstrap.servers": kafka.bootstrap,
            "enable.idempotence": True,
            "message.max.bytes": LARGEST_RECORD - 1024,
            "log_level": 0,
        }
    )
    yield producer
    producer.purge()
    producer.flush(5)


def topic_id(kafka: Kafka) -> str:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    futures = admin.describe_topics(TopicCollection([STATUSES.name]))
    return str(futures[STATUSES.name].result(120).topic_id)


def test_acknowledged_records_survive_a_kill(kafka: Kafka, producer: Producer) -> None:
    tail = Tail(kafka.bootstrap, (STATUSES,))
    before, bootstrap = topic_id(kafka), kafka.bootstrap
    errors: list[KafkaError | None] = []
    for number in range(1000):
        producer.produce(
            STATUSES.name, str(number).encode(), on_delivery=lambda error, _: errors.append(error)
        )
    assert producer.flush(30) == 0
    assert errors == [None] * 1000

    kafka.kill()
    kafka.start()
    await_topics(kafka.bootstrap)

    assert (topic_id(kafka), kafka.bootstrap) == (before, bootstrap)
    values = sorted(int(message.value()) for message in tail.messages())
    assert values == list(range(1000))


def test_a_frozen_broker_continues_where_it_was(kafka: Kafka, producer: Producer) -> None:
    tail = Tail(kafka.bootstrap, (STATUSES,))
    kafka.pause()
    producer.produce(STATUSES.name, b"during")
    assert producer.flush(1) == 1
    kafka.resume()
    assert producer.flush(30) == 0
    assert [message.value() for message in tail.messages()] == [b"during"]


def test_recreated_topics_are_empty_and_have_new_ids(kafka: Kafka, producer: Producer) -> None:
    producer.produce(STATUSES.name, b"old")
    producer.flush(30)
    before = topic_id(kafka)
    recreate_topics(kafka.bootstrap, partitions=2)
    assert topic_id(kafka) != before
    tail = Tail(kafka.bootstrap, (STATUSES,))
    assert tail.messages() == []


def test_accepts_records_larger_than_any_topic_needs(producer: Producer) -> None:
    errors: list[KafkaError | None] = []
    producer.produce(
        RAW.name, bytes(5 * 1024 * 1024), on_delivery=lambda error, _: errors.append(error)
    )
    producer.flush(30)
    assert errors == [None]


def test_a_request_does_not_create_an_unknown_topic(kafka: Kafka) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    with pytest.raises(KafkaException):
        admin.describe_topics(TopicCollection(["whatsapp.nonsense"]))["whatsapp.nonsense"].result(
            10
        )
