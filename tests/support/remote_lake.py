"""Rows in a warehouse at any place, also on PostgreSQL and S3."""

from __future__ import annotations

from typing import Any

import duckdb

from consumer.writer import land, read
from schemas.topics import LANDED, STATUSES, Topic
from tests.support.records import REGISTRY, event, framed, log_of, records, span
from warehouse.connection import Location, connect, create
from warehouse.offsets import live_positions, open_partitions
from warehouse.transaction import transact


def opened(location: Location) -> None:
    """Makes the warehouse, with partition 0 of each topic at offset 0."""
    with connect(location) as connection:
        create(connection)
        firsts = {(log_of(topic), 0): 0 for topic in LANDED}
        transact(connection, lambda: open_partitions(connection, firsts))


def land_rows(connection: duckdb.DuckDBPyConnection, topic: Topic, *rows: dict[str, Any]) -> None:
    """Lands these events as the next ones of the topic."""
    at = live_positions(connection)[log_of(topic), 0]
    values: list[bytes | None] = [framed(topic, event(topic, **row)) for row in rows]
    spans = [span(topic, at, at + len(values))]
    land(connection, read(spans, records(topic, values, at), REGISTRY))


def land_statuses(location: Location, *names: str) -> None:
    """Lands a status of each of these messages."""
    with connect(location) as connection:
        land_rows(connection, STATUSES, *({"message_id": name} for name in names))
