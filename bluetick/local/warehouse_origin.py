"""What a warehouse was filled from before: a start must not mix what does not belong together."""

from __future__ import annotations

import duckdb

from bluetick.local.broker import CLUSTER_PREFIX
from schemas.topics import DEAD_LETTERS, LANDED
from settings.errors import BluetickError
from warehouse.connection import Location, WarehouseError, connect


class OtherKafka(BluetickError):
    """The warehouse belongs to a Kafka that is not to be left unasked; the message says which."""


def landed_sources(location: Location) -> set[str]:
    """The sources whose events are in the warehouse; none where there is no warehouse yet."""
    tables = [topic.table for topic in LANDED if topic is not DEAD_LETTERS]
    return _column(location, " UNION ".join(f"SELECT DISTINCT source FROM {one}" for one in tables))


def own_clusters(location: Location) -> set[str]:
    """The clusters it is being filled from, without the embedded ones, which are gone."""
    clusters = _column(
        location, "SELECT DISTINCT cluster_id FROM kafka_offsets WHERE retired_at IS NULL"
    )
    return {cluster for cluster in clusters if not cluster.startswith(CLUSTER_PREFIX)}


def check_embedded(location: Location) -> None:
    """Raises OtherKafka where the embedded broker would take the place of a real Kafka."""
    clusters = own_clusters(location)
    if clusters:
        raise OtherKafka(
            f"this warehouse is filled from another Kafka (cluster {', '.join(sorted(clusters))}): "
            "set KAFKA_BOOTSTRAP_SERVERS to go on with it, or choose another folder with "
            "--data-dir or BLUETICK_DATA_DIR"
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
