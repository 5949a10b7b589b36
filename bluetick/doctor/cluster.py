"""Facts about the cluster and its topics, asked from the broker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ConfigResource,
    ResourceType,
)

from bluetick.watermarks import BrokerSilent, reason
from schemas.topics import BY_NAME
from settings.kafka import client_config
from warehouse.offsets import Log

SECONDS = 5.0
SETTINGS = ("retention.ms", "segment.ms", "max.message.bytes")


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """One topic: its log, its size, and its SETTINGS as far as the broker reports them."""

    log: Log
    partitions: int
    replicas: int
    settings: dict[str, int]

    @property
    def longest_ms(self) -> int | None:
        """For how many ms at most a record stays; None: for good, or the broker does not say.

        Kafka removes a file when the newest record in it is too old, and a file may take records
        for as long as `segment.ms`.
        """
        kept = self.settings.get("retention.ms", -1)
        return None if kept < 0 else kept + self.settings.get("segment.ms", 0)


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """The cluster, and those of our topics that exist, by name.

    `hosts`: where the brokers say that clients find them.
    """

    bootstrap: str
    cluster_id: str
    brokers: int
    topics: dict[str, TopicFacts]
    hosts: tuple[str, ...] = ()


def look(bootstrap: str) -> ClusterFacts:
    """Ask the broker for these facts. Raises BrokerSilent."""
    admin = AdminClient({**client_config(bootstrap), "log_level": 0})
    try:
        metadata = admin.list_topics(timeout=SECONDS)
        cluster_id = str(metadata.cluster_id)
        present = sorted(BY_NAME.keys() & metadata.topics.keys())
        ids = _ids(admin, present)
        topics = {
            name: TopicFacts(
                Log(cluster_id, ids[name], name),
                len(found := metadata.topics[name].partitions),
                min((len(one.replicas) for one in found.values()), default=0),
                _settings(admin, name),
            )
            for name in present
        }
    except (KafkaException, TimeoutError) as error:
        why = reason(error) if isinstance(error, KafkaException) else "it takes too long"
        raise BrokerSilent(f"no broker answers at {bootstrap}: {why}") from None
    hosts = tuple(sorted({str(one.host) for one in metadata.brokers.values()}))
    return ClusterFacts(bootstrap, cluster_id, len(metadata.brokers), topics, hosts)


def _ids(admin: AdminClient, names: Iterable[str]) -> dict[str, str]:
    listed = list(names)
    if not listed:
        return {}
    futures = admin.describe_topics(TopicCollection(listed), request_timeout=SECONDS)
    return {name: str(future.result(SECONDS).topic_id) for name, future in futures.items()}


def _settings(admin: AdminClient, name: str) -> dict[str, int]:
    asked = ConfigResource(ResourceType.TOPIC, name)
    try:
        found = admin.describe_configs([asked], request_timeout=SECONDS)[asked].result(SECONDS)
    except (KafkaException, TimeoutError):  # reading settings needs a permission
        return {}
    return {key: int(found[key].value) for key in SETTINGS if key in found and found[key].value}
