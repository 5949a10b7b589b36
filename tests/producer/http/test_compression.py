"""A Kafka client without plug-ins reads what the receiver publishes."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.codec import has_lz4

from bluetick.watermarks import extents
from schemas.codec import decode
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES
from tests.support.payloads import cloud, status
from tests.support.receiver import Receiver

POSTED = 50


async def read(bootstrap: str, starts: dict[tuple[str, int], int]) -> list[bytes]:
    """The values of the next POSTED records of these partitions."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        places = {TopicPartition(*place): start for place, start in starts.items()}
        consumer.assign(list(places))
        for place, start in places.items():
            consumer.seek(place, start)
        return [(await consumer.getone()).value for _ in range(POSTED)]
    finally:
        await consumer.stop()


@pytest.mark.skipif(has_lz4(), reason="this client has plug-ins for other codecs")
def test_a_client_with_nothing_but_gzip_reads_the_records(edge: Receiver, broker: str) -> None:
    found = extents(broker, [STATUSES.name])
    starts = {place: extent.end for place, extent in found.items()}
    ids = {f"wamid.{uuid.uuid4().hex}" for _ in range(POSTED)}
    assert edge.post(cloud(*map(status, sorted(ids)))).status_code == 200
    values = asyncio.run(read(broker, starts))
    assert {decode(value, DerivedRegistry())["message_id"] for value in values} == ids
