"""Locks a catalog as another tool beside Bluetick could."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.support.postgres import Postgres
from warehouse.location import Location

ATTEMPT_SECONDS = 2
# Every reader and every writer of a DuckLake reads this table.
LOCK = (
    f"BEGIN; SET LOCAL lock_timeout = '{ATTEMPT_SECONDS}s'; "
    "LOCK TABLE ducklake_snapshot IN ACCESS EXCLUSIVE MODE;"
)

Release = Callable[[], None]


def lock_sqlite(file: Path) -> Release | None:
    """Locks a catalog. Returns what frees it; None if it was not free."""
    holder = sqlite3.connect(file, timeout=ATTEMPT_SECONDS, isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:  # the disk is full, or others were faster
        holder.close()
        return None
    return holder.close


def lock_postgres(postgres: Postgres, location: Location) -> Release | None:
    """As `lock_sqlite`. The server may be frozen or down."""
    assert location.postgres
    holder = postgres.session(location.postgres.database)
    if holder.says(LOCK, "locked", 2 * ATTEMPT_SECONDS):
        return holder.end
    holder.end()
    return None
