"""The settings of one consumer process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from consumer.intake import FETCH
from settings.kafka import client_config
from warehouse.campaigns import CampaignRule
from warehouse.connection import Location
from warehouse.maintenance import Schedule

# A third value beside Kafka's group protocols (classic, consumer): one consumer without a group,
# which takes every partition.
STATIC = "static"
# New partitions of a topic are found after this time.
METADATA_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ConsumerSettings:
    """The options of `bluetick land`. The three `accept_…` continue after an error on purpose."""

    bootstrap: str
    location: Location
    registry_url: str | None = None
    group: str = "bluetick"
    group_protocol: str = "classic"
    session_timeout_ms: int = 10_000
    batch_rows: int = 50_000
    batch_seconds: float = 1.0
    accept_new_log: bool = False
    accept_gap: bool = False
    accept_poison: bool = False
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    schedule: Schedule = field(default_factory=Schedule)
    campaign_rule: CampaignRule = field(default_factory=CampaignRule)
    rates: Path | None = None  # None: the rates in the warehouse stay

    @property
    def in_group(self) -> bool:
        """Whether a consumer group decides which partitions this consumer takes."""
        return self.group_protocol != STATIC

    @property
    def incremental(self) -> bool:
        """Whether partitions are assigned one by one, as in Apache Kafka 4's group protocol."""
        return self.group_protocol == "consumer"

    def kafka_config(self) -> dict[str, Any]:
        """librdkafka's settings. The offsets come from the warehouse and not from Kafka."""
        config: dict[str, Any] = {
            **client_config(self.bootstrap),
            **FETCH,
            "group.id": self.group,
            "auto.offset.reset": "error",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "topic.metadata.refresh.interval.ms": int(METADATA_SECONDS * 1000),
            "reconnect.backoff.ms": 200,
            "reconnect.backoff.max.ms": 2_000,
            "log_level": 2,
        }
        if self.in_group:
            config["group.protocol"] = self.group_protocol
        if self.group_protocol == "classic":
            config["session.timeout.ms"] = self.session_timeout_ms
        return config
