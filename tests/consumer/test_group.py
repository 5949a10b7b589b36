"""Several consumers of one group: partitions move between them, rows do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.topics import STATUSES
from tests.support.land import consumers, publish, statuses, wait_for

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


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_zombie_that_lost_its_partitions_cannot_land_them(
    broker: str, tmp_path: Path, protocol: str
) -> None:
    sent: list[str] = []
    with consumers(broker, tmp_path, protocol) as group:
        zombie = group.start()
        for _ in range(2):
            new = statuses(2_000)
            sent += new
            publish(broker, STATUSES, list(new.values()))
            group.await_progress(sent, left=2_000)
        zombie.pause()
        heir = group.start()
        wait_for(lambda: "assigned 30 partitions" in heir.tail(), 90, group.logs)
        new = statuses(500)
        sent += new
        publish(broker, STATUSES, list(new.values()))
        group.await_landed(sent)
        zombie.resume()
        more = statuses(500)
        sent += more
        publish(broker, STATUSES, list(more.values()))
        group.await_landed(sent)
