"""A broker, and a warehouse landed from it without faults, for `bluetick doctor` to examine."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from bluetick.doctor.finding import Finding
from bluetick.doctor.report import examine
from bluetick.local.broker import EmbeddedBroker
from bluetick.options import Settings
from bluetick.watermarks import extents
from consumer.decode import Record
from consumer.topic_ids import TopicIds
from consumer.writer import land, read
from schemas.topics import LANDED, Topic
from tests.support.broker import fresh_broker
from tests.support.lake import created
from tests.support.records import REGISTRY
from warehouse.offsets import Span, live_positions, open_partitions
from warehouse.transaction import transact

CONFIG = f"""
[sources.meta]
auth = "hmac"
app_secrets = ["{uuid.uuid4().hex}"]
"""


class Examined:
    """A warehouse whose offsets are at the current end of every topic of a broker."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.config = folder / "bluetick.toml"
        self.config.write_text(CONFIG)
        self.config.chmod(0o600)
        self.settings = Settings(config=self.config, data_dir=folder / "data", own_kafka=bootstrap)
        self.connection = created(self.settings.data_dir)
        self._logs = TopicIds(bootstrap).ask(topic.name for topic in LANDED)
        self._producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
        firsts = {
            (self._logs[name], partition): extent.end
            for (name, partition), extent in extents(bootstrap, self._logs).items()
        }
        transact(self.connection, lambda: open_partitions(self.connection, firsts))

    def publish(self, topic: Topic, *values: bytes) -> None:
        """Publishes to partition 0 and waits for the broker."""
        for value in values:
            self._producer.produce(topic.name, value, partition=0)
        assert self._producer.flush(30) == 0

    def land(self, topic: Topic, *values: bytes) -> None:
        """Publishes to partition 0 and lands from there."""
        log = self._logs[topic.name]
        start = live_positions(self.connection)[log, 0]
        self.publish(topic, *values)
        records = [
            Record(topic, 0, start + n, 1_790_000_000_000_000, value)
            for n, value in enumerate(values)
        ]
        span = Span(log, 0, start, start + len(values))
        land(self.connection, read([span], records, REGISTRY))

    def sql(self, statement: str) -> None:
        """Changes the warehouse without Bluetick."""
        self.connection.execute(statement)

    def findings(self, **settings: object) -> list[Finding]:
        """The doctor's findings with these settings changed; it does not wait for landing."""
        known = {name: getattr(self.settings, name) for name in Settings.__slots__}
        return list(examine(Settings(**{**known, **settings}), patience=0))


@pytest.fixture(scope="module")
def own_broker() -> Iterator[EmbeddedBroker]:
    """A broker for this module only."""
    with fresh_broker() as broker:
        yield broker


@pytest.fixture
def examined(own_broker: EmbeddedBroker, tmp_path: Path) -> Iterator[Examined]:
    """A new warehouse, closed at the end."""
    found = Examined(own_broker.bootstrap, tmp_path)
    with found.connection:
        yield found


def bad(findings: list[Finding]) -> list[Finding]:
    """All findings that are not ok."""
    return [finding for finding in findings if finding.level != "ok"]


def only(findings: list[Finding]) -> Finding:
    """The only finding that is not ok."""
    (found,) = bad(findings)
    assert found.advice
    return found
