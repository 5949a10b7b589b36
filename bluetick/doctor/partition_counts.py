"""Counts of each partition, from kafka_offsets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.offsets import Log


@dataclass(frozen=True, slots=True)
class Account:
    """One row of kafka_offsets. A retired row belongs to a log that was replaced."""

    log: Log
    partition: int
    first: int
    next: int
    landed: int
    duplicates: int
    conflicts: int
    dead_letters: int
    skipped: int
    updated_at: datetime
    retired: bool

    @property
    def adds_up(self) -> bool:
        """Whether the counts cover every offset."""
        total = self.landed + self.duplicates + self.dead_letters + self.skipped
        return self.next - self.first == total


def accounts(connection: duckdb.DuckDBPyConnection) -> list[Account]:
    """All accounts, by topic, partition and first offset."""
    rows = connection.execute(
        "SELECT cluster_id, topic_id, topic, partition, first_offset, next_offset, landed, "
        "duplicates, conflicts, dead_letters, skipped, updated_at, retired_at IS NOT NULL "
        "FROM kafka_offsets ORDER BY topic, partition, first_offset"
    ).fetchall()
    return [Account(Log(*row[:3]), *row[3:]) for row in rows]


def live(found: list[Account]) -> list[Account]:
    """The accounts that are not retired."""
    return [account for account in found if not account.retired]
