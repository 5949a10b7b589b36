"""Records that are too large for the broker."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from schemas.topics import LARGE_RECORD_BYTES, RAW
from settings.limits import Limits
from tests.support.broker import Tail
from tests.support.payloads import cloud, status
from tests.support.receiver import receiver

LIMITS = Limits(max_record_bytes=4000)


def test_a_too_large_body_is_reported_and_its_events_are_published(broker: str, tail: Tail) -> None:
    body = cloud(*(status(f"wamid.{number}") for number in range(100)))
    with receiver(broker, limits=LIMITS) as edge:
        assert edge.post(body).status_code == 200
        assert edge.metric('bluetick_events_published_total{topic="whatsapp.raw"}') == 0
        assert edge.metric('bluetick_dead_letters_published_total{reason="raw_too_large"}') == 1
    found = tail.records()
    assert len(found["whatsapp.statuses"]) == 100
    (notice,) = found["whatsapp.dead-letters"]
    assert notice["reason"] == "raw_too_large"
    assert str(len(body)) in notice["detail"]
    assert "whatsapp.raw" not in found


def test_an_event_that_cannot_be_stored_is_not_acknowledged(broker: str, tail: Tail) -> None:
    large = status("wamid.large", biz_opaque_callback_data="x" * 5000)
    with receiver(broker, limits=LIMITS) as edge:
        answer = edge.post(cloud(large, status("wamid.small")))
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "record_too_large"
        assert "whatsapp.statuses" in answer.json()["error"]["message"]
        assert edge.ready()
    assert [row["message_id"] for row in tail.records()["whatsapp.statuses"]] == ["wamid.small"]


@pytest.mark.kafka
def test_a_broker_that_accepts_less_than_expected(broker: str, tail: Tail) -> None:
    """The embedded broker has no size limit, so only Apache Kafka can refuse a record."""
    body = cloud(*(status(f"wamid.{secrets.token_hex(20)}") for _ in range(300)))
    with small_records(broker, RAW.name), receiver(broker) as edge:
        assert edge.post(body).status_code == 200
        assert edge.ready()
    found = tail.records()
    assert len(found["whatsapp.statuses"]) == 300
    assert found["whatsapp.dead-letters"][0]["reason"] == "raw_too_large"
    assert "whatsapp.raw" not in found


@contextmanager
def small_records(bootstrap: str, topic: str) -> Iterator[None]:
    """The topic refuses records of more than 4,000 bytes meanwhile."""
    admin = AdminClient({"bootstrap.servers": bootstrap})

    def allow(size: int) -> None:
        entry = ConfigEntry(
            "max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET
        )
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        for future in admin.incremental_alter_configs([resource]).values():
            future.result(120)

    allow(4000)
    try:
        yield
    finally:
        allow(LARGE_RECORD_BYTES)
