"""Creates missing topics."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from schemas.topics import LARGE_RECORD_BYTES, RAW, TOPICS, Topic
from settings.kafka import client_config

# Means the broker's own default.replication.factor.
BROKERS_DEFAULT = -1
DAY_MS = 24 * 60 * 60 * 1000


def topic_config(topic: Topic) -> dict[str, str]:
    """Broker settings of a new topic: a week for events, three days for raw bodies.

    Kafka removes whole files, when their newest record is too old. A file takes records of one day
    only, so each record is gone at the latest one day after its retention.
    """
    days = 3 if topic is RAW else 7
    return {
        "retention.ms": str(days * DAY_MS),
        "segment.ms": str(DAY_MS),
        "cleanup.policy": "delete",
        "max.message.bytes": str(LARGE_RECORD_BYTES),
    }


def ensure_topics(
    bootstrap: str,
    *,
    partitions: int = 6,
    replication: int = BROKERS_DEFAULT,
    timeout: float = 30.0,
) -> list[str]:
    """Creates the topics that are missing. Returns the names of the new ones.

    Does not change existing topics. Raises KafkaException if the broker does not answer within
    `timeout` seconds or refuses.
    """
    admin = AdminClient({**client_config(bootstrap), "log_level": 2})
    existing = admin.list_topics(timeout=timeout).topics
    missing = [topic for topic in TOPICS if topic.name not in existing]
    if not missing:
        return []
    futures = admin.create_topics(
        [
            NewTopic(
                topic.name,
                num_partitions=partitions,
                replication_factor=replication,
                config=topic_config(topic),
            )
            for topic in missing
        ],
        operation_timeout=timeout,
    )
    created = []
    for name, future in futures.items():
        try:
            future.result(timeout)
            created.append(name)
        except KafkaException as error:
            # Receiver and consumer start at the same time: the other one was faster.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    return created
