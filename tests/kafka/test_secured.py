"""With a Kafka that requires authentication."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaException

from bluetick.doctor.cluster import look
from bluetick.tail import follow
from bluetick.watermarks import BrokerSilent
from schemas.create_topics import ensure_topics
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES
from settings.kafka import variable
from tests.support.kafka import Kafka
from tests.support.land import consumers
from tests.support.payloads import cloud, status
from tests.support.receiver import receiver
from tests.support.topics import await_topics

pytestmark = pytest.mark.kafka
PASSWORD = "a-password"
SETTINGS = {
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "listener.name.plaintext.plain.sasl.jaas.config": (
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        f'username="node" password="n" user_node="n" user_bluetick="{PASSWORD}";'
    ),
}


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file with the password, which the environment names."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", "utf-8")
    monkeypatch.setenv(variable("security.protocol"), "SASL_PLAINTEXT")
    monkeypatch.setenv(variable("sasl.mechanism"), "PLAIN")
    monkeypatch.setenv(variable("sasl.username"), "bluetick")
    monkeypatch.setenv(variable("sasl.password"), f"file:{file}")
    return file


@pytest.fixture
def secured(credentials: Path, tmp_path: Path) -> Iterator[str]:
    assert credentials.exists()
    with Kafka(tmp_path / "kafka", settings=SETTINGS) as kafka:
        ensure_topics(kafka.bootstrap)
        await_topics(kafka.bootstrap)
        yield kafka.bootstrap


def test_every_client_authenticates(secured: str, tmp_path: Path) -> None:
    with receiver(secured) as edge:
        assert edge.post(cloud(status("wamid.secured"))).status_code == 200
    tail = follow(secured, DerivedRegistry(), STATUSES, from_beginning=True)
    (record,) = itertools.islice(tail, 1)
    tail.close()
    assert record["message_id"] == "wamid.secured"
    with consumers(secured, tmp_path, "classic") as group:
        group.start()
        group.await_landed([record["event_id"]])


def test_a_wrong_password_reaches_nothing(secured: str, credentials: Path) -> None:
    credentials.write_text("another", "utf-8")
    with pytest.raises(BrokerSilent):
        look(secured)
    with pytest.raises(KafkaException):
        ensure_topics(secured, timeout=2)
