"""Compares what was acknowledged with what is in the warehouse."""

from __future__ import annotations

import uuid
from collections.abc import Set
from dataclasses import dataclass

import duckdb
from confluent_kafka import Consumer, TopicPartition

from schemas.topics import LANDED

IDS = " UNION ALL ".join(f"SELECT event_id FROM {topic.table}" for topic in LANDED)

# The texts of messages that their authors have deleted.
NOT_ERASED = """
    SELECT count(*) FROM messages
    WHERE content IS NOT NULL
    AND message_id IN (SELECT target_message_id FROM messages WHERE type = 'revoke')
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """Numbers of event ids: landed, acknowledged but missing, landed twice or more, unknown."""

    landed: int
    lost: int
    doubled: int
    unknown: int


def balance(
    connection: duckdb.DuckDBPyConnection, *, sent: Set[bytes], acknowledged: Set[bytes]
) -> Balance:
    """Compares the ids (16 bytes each) with every landed row."""
    times = {
        found.bytes: count
        for found, count in connection.execute(
            f"SELECT event_id, count(*) FROM ({IDS}) GROUP BY event_id"
        ).fetchall()
    }
    return Balance(
        landed=len(times),
        lost=len(acknowledged - times.keys()),
        doubled=sum(count > 1 for count in times.values()),
        unknown=len(times.keys() - sent),
    )


def not_erased(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many deletions have landed, and how many deleted messages still have a content."""
    ((deletions,),) = connection.execute(
        "SELECT count(*) FROM messages WHERE type = 'revoke'"
    ).fetchall()
    ((left,),) = connection.execute(NOT_ERASED).fetchall()
    return deletions, left


def behind(connection: duckdb.DuckDBPyConnection, bootstrap: str) -> dict[str, str]:
    """Partitions with records in the broker that have not landed: next and end offset.

    Raises KafkaException if the broker does not answer, and duckdb.Error if the warehouse does
    not.
    """
    offsets = {
        (topic, partition): next_offset
        for topic, partition, next_offset in connection.execute(
            "SELECT topic, partition, next_offset FROM kafka_offsets WHERE retired_at IS NULL"
        ).fetchall()
    }
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": f"audit-{uuid.uuid4().hex}", "log_level": 0}
    )
    try:
        missing = {}
        for topic in LANDED:
            metadata = consumer.list_topics(topic.name, timeout=10).topics[topic.name]
            for partition in metadata.partitions:
                low, high = consumer.get_watermark_offsets(
                    TopicPartition(topic.name, partition), timeout=10
                )
                position = offsets.get((topic.name, partition), low)
                if position < high:
                    missing[f"{topic.name}/{partition}"] = f"{position} of {high}"
        return missing
    finally:
        consumer.close()
