"""Keeps the warehouse quick and small: merges files, expires snapshots, erases for good."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from consumer import erase
from consumer.transaction import Busy, transact
from consumer.warehouse import ALIAS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often to tidy, and how long a reader may go on using an old snapshot."""

    every_seconds: float = 300.0
    keep_snapshots_seconds: float = 3600.0


def maintain(
    connection: duckdb.DuckDBPyConnection, schedule: Schedule, *, turn: Path | None = None
) -> None:
    """One round: inlined rows to files, small files merged, old snapshots and files removed.

    A round that loses a race is left for the next one. Erased content is gone from disk once
    the snapshots that held it are older than `keep_snapshots_seconds`.
    """
    keep = f"now() - INTERVAL {int(schedule.keep_snapshots_seconds)} SECONDS"
    steps = {
        "sweep": None,
        "flush": f"CALL ducklake_flush_inlined_data('{ALIAS}')",
        "rewrite": f"CALL ducklake_rewrite_data_files('{ALIAS}', delete_threshold => 0.05)",
        "merge": f"CALL ducklake_merge_adjacent_files('{ALIAS}')",
        "expire": f"CALL ducklake_expire_snapshots('{ALIAS}', older_than => {keep})",
        "cleanup": f"CALL ducklake_cleanup_old_files('{ALIAS}', older_than => {keep})",
        "orphans": f"CALL ducklake_delete_orphaned_files('{ALIAS}', older_than => {keep})",
    }
    for name, statement in steps.items():
        started = time.monotonic()
        try:
            if statement is None:
                transact(connection, lambda: erase.sweep(connection), attempts=3, turn=turn)
            else:
                transact(
                    connection,
                    lambda sql=statement: connection.execute(sql).fetchall(),  # type: ignore[misc]
                    attempts=3,
                    turn=turn,
                )
        except Busy as error:
            logger.info("maintenance: %s put off: %s", name, error)
        except duckdb.Error as error:  # must never keep events from landing
            logger.warning("maintenance: %s failed: %s", name, error)
        else:
            logger.debug("maintenance: %s took %.2f s", name, time.monotonic() - started)
