"""Several consumers of one group: partitions move between them, rows do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from schemas.topics import STATUSES
from tests.support.land import consumers, publish, statuses, wait_for
from tests.support.topics import recreate_topics

# The embedded broker has one consumer, without a group; groups are for Apache Kafka.
pytestmark = pytest.mark.kafka
PROTOCOLS = ["classic", "consumer"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_partitions_move_without_loss_or_doubling(
    broker: str, tmp_path: Path, protocol: str
) -> None:
    sent: list[str] = []

    def send(count: int) -> None:
        new = statuses(count)
        sent.extend(new)
        publish(broker, STATUSES, list(new.values()))

    with consumers(broker, tmp_path, protocol) as group:
        first = group.start()
        send(1_000)
        second = group.start()
        send(1_000)
        wait_for(lambda: "assigned" in second.tail(), explain=group.logs)
        third = group.start()
        send(1_000)
        first.kill()
        send(1_000)
        wait_for(lambda: "assigned" in third.tail(), explain=group.logs)
        assert second.stop() == 0
        send(1_000)
        group.await_landed(sent, timeout=90)


@pytest.mark.parametrize("moment", ["before-landing", "while-landing"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_zombie_that_lost_its_partitions_cannot_land_them(
    broker: str, tmp_path: Path, protocol: str, moment: str
) -> None:
    sent: list[str] = []

    def send(count: int) -> None:
        new = statuses(count)
        sent.extend(new)
        publish(broker, STATUSES, list(new.values()))

    with consumers(broker, tmp_path, protocol) as group:
        zombie = group.start("--freeze", moment)
        wait_for(lambda: "assigned 30 partitions" in zombie.tail(), explain=group.logs)
        send(1_000)
        wait_for(lambda: zombie.frozen, explain=group.logs)
        group.start()
        send(500)
        group.await_landed(sent, timeout=90)
        zombie.resume()
        # Its batch is still in its hands: it tries to land that before it hears of anything.
        wait_for(lambda: "fenced off" in zombie.tail(), explain=group.logs)
        send(500)
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
            future.result(30)
        # Producers of long standing have to find out, too; a new one knows at once.
        later = statuses(200)
        publish(broker, STATUSES, list(later.values()))
        group.await_landed(list(later))
        assert "has grown: partition 3 is new" in child.tail(200)
    recreate_topics(broker)
