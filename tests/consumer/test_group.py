"""Several consumers of one group: partitions move between them, and each row lands once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from schemas.topics import LANDED, STATUSES
from tests.support.land import consumers, publish, statuses
from tests.support.locked_catalog import locked_catalog
from tests.support.topics import recreate_topics
from tests.support.waiting import wait_for

# With the embedded broker there is one consumer, without a group: groups need Apache Kafka.
pytestmark = pytest.mark.kafka
PROTOCOLS = ["classic", "consumer"]


def publish_statuses(broker: str, count: int) -> list[str]:
    """Publishes new statuses, and returns their event_ids."""
    new = statuses(count)
    publish(broker, STATUSES, list(new.values()))
    return list(new)


@contextmanager
def member(broker: str, group: str, protocol: str) -> Iterator[Consumer]:
    """Another consumer in the group, which takes some partitions and leaves again."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": group,
            "group.protocol": protocol,
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic.name for topic in LANDED])
    try:
        yield consumer
    finally:
        consumer.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_partitions_move_without_loss_or_doubling(
    broker: str, tmp_path: Path, protocol: str
) -> None:
    sent: list[str] = []
    with consumers(broker, tmp_path, protocol) as group:
        first = group.start()
        sent += publish_statuses(broker, 1_000)
        second = group.start()
        sent += publish_statuses(broker, 1_000)
        wait_for(lambda: "assigned" in second.tail(), explain=group.logs)
        third = group.start()
        sent += publish_statuses(broker, 1_000)
        first.kill()
        sent += publish_statuses(broker, 1_000)
        wait_for(lambda: "assigned" in third.tail(), explain=group.logs)
        assert second.stop() == 0
        sent += publish_statuses(broker, 1_000)
        group.await_landed(sent)


@pytest.mark.parametrize("moment", ["before-landing", "while-landing"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_consumer_that_lost_its_partitions_cannot_land_them(
    broker: str, tmp_path: Path, protocol: str, moment: str
) -> None:
    sent: list[str] = []
    with consumers(broker, tmp_path, protocol) as group:
        zombie = group.start("--freeze", moment)
        wait_for(
            lambda: f"assigned {6 * len(LANDED)} partitions" in zombie.tail(), explain=group.logs
        )
        sent += publish_statuses(broker, 1_000)
        wait_for(lambda: zombie.frozen, explain=group.logs)
        group.start()
        sent += publish_statuses(broker, 500)
        group.await_landed(sent)
        zombie.resume()
        # It still has its batch, and tries to land it before it knows the new assignment.
        wait_for(lambda: "fenced: " in zombie.tail(), explain=group.logs)
        sent += publish_statuses(broker, 500)
        group.await_landed(sent)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_partitions_revoked_and_assigned_again_while_landing_waits_are_read_again(
    broker: str, tmp_path: Path, protocol: str
) -> None:
    with consumers(broker, tmp_path, protocol) as group:
        child = group.start()
        sent = publish_statuses(broker, 60)
        group.await_landed(sent)
        with locked_catalog(group.location):
            sent += publish_statuses(broker, 60)
            wait_for(lambda: "landing delayed" in child.tail(), explain=group.logs)
            with member(broker, group.group, protocol) as other:
                wait_for(lambda: bool(other.poll(0.5)) or bool(other.assignment()))
                wait_for(lambda: "released" in child.tail(), explain=group.logs)
            wait_for(lambda: child.tail(200).count("assigned") >= 2, explain=group.logs)
        sent += publish_statuses(broker, 600)
        group.await_landed(sent)


@pytest.mark.parametrize("protocol", [*PROTOCOLS, "static"])
def test_partitions_added_while_it_runs_are_found_and_landed(
    tmp_path: Path, protocol: str, broker: str
) -> None:
    recreate_topics(broker, partitions=2)
    with consumers(broker, tmp_path, protocol) as group:
        child = group.start()
        first = statuses(50)
        publish(broker, STATUSES, list(first.values()))
        group.await_landed(list(first))
        admin = AdminClient({"bootstrap.servers": broker})
        for future in admin.create_partitions([NewPartitions(STATUSES.name, 4)]).values():
            future.result(120)
        # Existing producers must find the new partition too; a new producer knows it at once.
        later = statuses(200)
        publish(broker, STATUSES, list(later.values()))
        group.await_landed(list(later))
        assert "has grown: partition 3 is new" in child.tail(200)
    recreate_topics(broker)
