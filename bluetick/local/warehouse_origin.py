"""The sources and clusters of the events in a warehouse, so that a start mixes none."""

from __future__ import annotations

import duckdb

from bluetick.local.broker import CLUSTER_PREFIX
from schemas.topics import DEAD_LETTERS, LANDED
from settings.errors import BluetickError
from warehouse.connection import Location, WarehouseError, connect


class OtherKafka(BluetickError):
    """The warehouse holds events of another Kafka; the message names its cluster."""


def landed_sources(location: Location) -> set[str]:
    """The sources whose events are in the warehouse; empty if there is no warehouse yet."""
    tables = [topic.table for topic in LANDED if topic is not DEAD_LETTERS]
    return _column(location, " UNION ".join(f"SELECT DISTINCT source FROM {one}" for one in tables))


def own_clusters(location: Location) -> set[str]:
    """The clusters whose events land in the warehouse, without embedded ones."""
    clusters = _column(
        location, "SELECT DISTINCT cluster_id FROM kafka_offsets WHERE retired_at IS NULL"
    )
    return {cluster for cluster in clusters if not cluster.startswith(CLUSTER_PREFIX)}


def check_embedded(location: Location) -> None:
    """Raise OtherKafka if the embedded broker would replace a real Kafka."""
    clusters = own_clusters(location)
    if clusters:
        raise OtherKafka(
            "this warehouse holds events of another Kafka "
            f"(cluster {', '.join(sorted(clusters))}): set KAFKA_BOOTSTRAP_SERVERS to "
            "continue with it, or choose another folder with --data-dir or BLUETICK_DATA_DIR"
        )


def _column(location: Location, query: str) -> set[str]:
    try:
        connection = connect(location, read_only=True)
    except WarehouseError:
        return set()
    with connection:
        try:
            return {str(value) for (value,) in connection.execute(query).fetchall()}
        except duckdb.CatalogException:  # its tables are not made yet
            return set()
