"""Batches that no client can read do not block the records after them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluetick.local.broker import EmbeddedBroker
from consumer.settings import ConsumerSettings
from consumer.unreadable import UnreadableBatches, end_of_batch
from schemas.topics import STATUSES
from tests.support.batches import send, unreadable
from tests.support.broker import fresh_broker
from tests.support.examined import own_broker
from tests.support.land import consumers, publish, statuses
from tests.support.waiting import wait_for
from warehouse.connection import Location

__all__ = ["own_broker"]


def probe(bootstrap: str, folder: Path) -> dict[str, object]:
    settings = ConsumerSettings(bootstrap, Location.under(folder), group_protocol="static")
    return UnreadableBatches(settings.kafka_config()).probe


def junk(count: int) -> bytes:
    return unreadable([b"record %d" % number for number in range(count)])


# Beyond the end of a partition the embedded broker does not answer, and each fetch waits 3 seconds.
# A last batch of 127 records needs few such fetches.
@pytest.mark.parametrize(
    ("partition", "first", "last"), [(0, 1, 1), (1, 2, 2), (2, 3, 3), (3, 100, 127)]
)
def test_its_end_is_found(
    own_broker: EmbeddedBroker, tmp_path: Path, partition: int, first: int, last: int
) -> None:
    bootstrap, topic = own_broker.bootstrap, STATUSES.name
    send(bootstrap, topic, partition, junk(2))
    between = send(bootstrap, topic, partition, junk(first))
    publish(bootstrap, STATUSES, [b"x"] * 3, partition=partition)
    behind = send(bootstrap, topic, partition, junk(last))
    config = probe(bootstrap, tmp_path)
    assert between == 2
    for base, count in ((between, first), (behind, last)):
        assert end_of_batch(config, topic, partition, base) == base + count


@pytest.mark.parametrize("protocol", ["static", "classic"])
def test_it_becomes_a_dead_letter_and_what_follows_it_lands(tmp_path: Path, protocol: str) -> None:
    before, behind, later = statuses(3), statuses(3), statuses(3)
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path, protocol) as group:
        publish(broker.bootstrap, STATUSES, list(before.values()), partition=0)
        send(broker.bootstrap, STATUSES.name, 0, junk(4))
        publish(broker.bootstrap, STATUSES, list(behind.values()), partition=0)
        send(broker.bootstrap, STATUSES.name, 0, junk(1))
        child = group.start()
        group.await_landed([*before, *behind])

        def offsets() -> list[tuple[object, ...]]:
            return group.rows(
                "SELECT next_offset, landed, dead_letters, skipped FROM kafka_offsets "
                'WHERE topic = ? AND "partition" = 0',
                STATUSES.name,
            )

        # The last one is skipped too, although nothing follows it yet.
        wait_for(lambda: offsets() == [(11, 6, 2, 3)], explain=group.logs)
        assert child.stop() == 0
        group.start()
        publish(broker.bootstrap, STATUSES, list(later.values()), partition=0)
        group.await_landed(list(later))
        found = group.rows(
            'SELECT reason, detail, payload, "offset" FROM dead_letters ORDER BY "offset"'
        )
    text = "the Kafka client cannot read the batch"
    assert found == [
        ("unreadable_batch", f"{text} of offsets 3 to 6: _BAD_MSG", None, 3),
        ("unreadable_batch", f"{text} at offset 10: _BAD_MSG", None, 10),
    ]
