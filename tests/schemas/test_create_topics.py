"""Missing topics are created, and existing ones are not changed."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas.create_topics import ensure_topics
from schemas.topics import BY_NAME, STATUSES
from tests.support.ports import HOST, free_ports
from tests.support.topics import recreate_topics


def test_missing_topics_are_created_once(broker: str) -> None:
    recreate_topics(broker, partitions=2)
    assert ensure_topics(broker, partitions=5) == []
    found = AdminClient({"bootstrap.servers": broker}).list_topics(timeout=10).topics
    assert BY_NAME.keys() <= found.keys()
    assert len(found[STATUSES.name].partitions) == 2
    recreate_topics(broker)


def test_an_unreachable_broker_is_an_error() -> None:
    (port,) = free_ports(1)
    with pytest.raises(KafkaException):
        ensure_topics(f"{HOST}:{port}", timeout=1)
