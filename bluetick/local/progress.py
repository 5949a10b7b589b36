"""Counts of received and landed events of one Kafka cluster."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from bluetick.watermarks import BrokerSilent, Place, extents
from schemas.topics import DEAD_LETTERS, LANDED
from settings.kafka import client_config
from warehouse.connection import Location, WarehouseError, connect
from warehouse.renewal import Warehouse

TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts since the start of the cluster: events received, and their results."""

    received: int = 0
    landed: int = 0
    duplicates: int = 0
    dead_letters: int = 0

    @property
    def waiting(self) -> int:
        """Events that are only in Kafka."""
        return max(0, self.received - self.landed - self.duplicates - self.dead_letters)

    def __str__(self) -> str:
        return (
            f"received {self.received:,} · landed {self.landed:,} · "
            f"duplicates {self.duplicates:,} · dead letters {self.dead_letters:,} · "
            f"waiting {self.waiting:,}"
        )


class Gauge:
    """Reads the progress of the cluster at `bootstrap` into the warehouse at `location`."""

    def __init__(self, bootstrap: str, location: Location) -> None:
        self._admin = AdminClient({**client_config(bootstrap), "log_level": 0})
        self._bootstrap = bootstrap
        self._location = location
        self._warehouse: Warehouse | None = None
        # The next offsets of the last `read`: in the broker, and in the warehouse.
        self.ends: dict[Place, int] = {}
        self.nexts: dict[Place, int] = {}

    def ready(self) -> bool:
        """Whether the warehouse can be read."""
        try:
            self._sums("")
        except (duckdb.Error, WarehouseError):
            return False
        return True

    def read(self) -> Progress | None:
        """The current progress; None if the broker or the warehouse does not answer."""
        try:
            metadata = self._admin.list_topics(timeout=TIMEOUT)
            found = extents(self._bootstrap, [topic.name for topic in LANDED])
            cluster = str(metadata.cluster_id)
            passed, landed, duplicates, dead = self._sums(cluster)
            nexts = self._nexts(cluster)
        except (KafkaException, BrokerSilent, duckdb.Error, WarehouseError):
            return None
        self.ends, self.nexts = {place: extent.end for place, extent in found.items()}, nexts
        return Progress(
            received=sum(extent.end for extent in found.values()) - passed,
            landed=landed,
            duplicates=duplicates,
            dead_letters=dead,
        )

    def _sums(self, cluster_id: str) -> tuple[int, int, int, int]:
        """Sums: offsets without an event, landed, duplicates, dead letters."""
        if self._warehouse is None:
            self._warehouse = Warehouse(
                lambda: connect(self._location, read_only=True, threads=1), self._location
            )
        self._warehouse.renew_if_due()
        ((*sums,),) = self._warehouse.connection.execute(
            """
            SELECT sum(first_offset + skipped),
                   sum(landed) FILTER (topic <> $dead),
                   sum(duplicates),
                   coalesce(sum(landed) FILTER (topic = $dead), 0) + sum(dead_letters)
            FROM kafka_offsets
            WHERE cluster_id = $cluster AND retired_at IS NULL
            """,
            {"dead": DEAD_LETTERS.name, "cluster": cluster_id},
        ).fetchall()
        passed, landed, duplicates, dead = (int(value or 0) for value in sums)
        return passed, landed, duplicates, dead

    def _nexts(self, cluster_id: str) -> dict[Place, int]:
        assert self._warehouse
        rows = self._warehouse.connection.execute(
            "SELECT topic, partition, next_offset FROM kafka_offsets "
            "WHERE cluster_id = ? AND retired_at IS NULL",
            [cluster_id],
        ).fetchall()
        return {(topic, partition): offset for topic, partition, offset in rows}

    def close(self) -> None:
        if self._warehouse is not None:
            self._warehouse.close()
