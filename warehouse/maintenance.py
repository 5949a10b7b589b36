"""Keeps the warehouse fast and small: merges files, expires snapshots, removes erased content."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb

from warehouse import catalog_traces, dead_letter_erasure, erasure, retention, rollups
from warehouse.clustering import cluster
from warehouse.compaction import PORTIONS, compact
from warehouse.connection import ALIAS, Location
from warehouse.memory_limit import remove_stale_spills
from warehouse.offsets import fold_retired
from warehouse.renewal import Warehouse
from warehouse.retention import Retention
from warehouse.tables import tables
from warehouse.transaction import Busy, transact
from warehouse.write_lock import Turn

logger = logging.getLogger(__name__)

# A step is repeated while it has more to do, but not longer: landing must not wait for long.
LONGEST_STEP_SECONDS = 5.0
# The others have one small file, which each change replaces.
REPLACED = ("kafka_offsets", "landing_fence", "heartbeats", "retention", "removed_rows")
COMPACTED = tuple(table for table in tables() if table not in REPLACED)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Seconds between two rounds of maintenance, and for which old snapshots stay readable.

    `retention` says which rows are removed.
    """

    every_seconds: float = 300.0
    keep_snapshots_seconds: float = 3600.0
    retention: Retention = field(default_factory=Retention)


Step = Callable[[duckdb.DuckDBPyConnection], object]


def maintain(
    warehouse: Warehouse, schedule: Schedule, *, lock: Turn | None = None
) -> Iterator[str]:
    """One round of maintenance: erases content, removes old rows, and merges and removes files.

    Yields the name of each step after it, so that events can land between two steps and the
    connection can be renewed. A step that conflicts with another writer is left for the next
    round. Erased content is gone from disk once the snapshots that held it are older than
    `keep_snapshots_seconds`.
    """
    for name, attempts in _steps(schedule.keep_snapshots_seconds, schedule.retention).items():
        for step in attempts:
            if _run(warehouse.connection, name, step, lock):
                break
        yield name
    if file := warehouse.location.sqlite_file:
        _forget(warehouse.connection, file, schedule, lock)
    if warehouse.location.folder:
        remove_stale_spills(warehouse.location.folder)


def _forget(
    connection: duckdb.DuckDBPyConnection, catalog: Path, schedule: Schedule, lock: Turn | None
) -> None:
    """Cleans the catalog after rows were erased or removed, until their snapshots have expired."""
    until = schedule.keep_snapshots_seconds + 3 * schedule.every_seconds
    try:
        ((recent,),) = connection.execute(
            f"SELECT (SELECT count(*) FROM erasures WHERE requested_at >= {_before(until)}) + ("
            f"SELECT count(*) FROM privacy_requests WHERE finished_at >= {_before(until)}) + ("
            f"SELECT count(*) FROM retention WHERE finished_at >= {_before(until)})"
        ).fetchall()
        if recent:
            catalog_traces.forget(connection, catalog, lock)
    except Busy as error:
        logger.info("maintenance: the catalog is cleaned later: %s", error)
    except duckdb.Error as error:  # must never prevent events from landing
        logger.warning("maintenance: the catalog was not cleaned", exc_info=error)


def remove_old(
    connection: duckdb.DuckDBPyConnection, location: Location, lock: Turn | None = None
) -> None:
    """Removes all snapshots but the newest, and what only they hold. Raises Busy.

    Queries that read an older snapshot may fail.
    """
    steps = _steps(0, Retention())
    for name in ("expire", "cleanup"):
        transact(connection, partial(steps[name][0], connection), lock=lock)
    if file := location.sqlite_file:
        catalog_traces.forget(connection, file, lock)


def keep_newest(connection: duckdb.DuckDBPyConnection) -> None:
    """Expires all snapshots but the newest, and removes no file. Raises Busy."""
    transact(connection, lambda: _expire(connection, 0))


def _steps(keep: float, kept: Retention) -> dict[str, tuple[Step, ...]]:
    """The steps by name. Each has one or more variants; a later one needs less memory."""
    cleanup = partial(_call, function="ducklake_cleanup_old_files", option="cleanup_all => true")
    orphans = partial(
        _call, function="ducklake_delete_orphaned_files", option=f"older_than => {_before(keep)}"
    )
    return {
        "sweep": (erasure.sweep,),
        "sweep dead letters": (dead_letter_erasure.sweep,),
        **{f"remove old {table}": _removals(table, days) for table, days in kept.tables().items()},
        **{f"compact {table}": _compactions(table) for table in COMPACTED},
        "cluster statuses": (cluster,),
        "fold": (fold_retired,),
        "expire": (partial(_expire, keep=keep),),
        "cleanup": (cleanup,),
        "orphans": (orphans,),
    }


def _compactions(table: str) -> tuple[Step, ...]:
    columns, groups = "*", ""
    if table == "rollups":
        columns, groups = rollups.SUMMED, rollups.GROUPS
    elif "message_id" in tables()[table]:
        groups = "ORDER BY message_id"  # a search for one message reads few rows of a file
    return tuple(
        partial(compact, table=table, most=most, columns=columns, groups=groups)
        for most in PORTIONS
    )


def _removals(table: str, days: int) -> tuple[Step, ...]:
    return tuple(partial(retention.remove, table=table, days=days, most=most) for most in PORTIONS)


def _run(connection: duckdb.DuckDBPyConnection, name: str, step: Step, lock: Turn | None) -> bool:
    """Does one step, and repeats it while it has more to do. Logs all failures of DuckDB.

    Returns False if there was not enough memory.
    """
    started = time.monotonic()
    try:
        while transact(connection, lambda: step(connection), attempts=3, lock=lock):
            if time.monotonic() - started > LONGEST_STEP_SECONDS:
                break
    except Busy as error:
        logger.info("maintenance: %s delayed: %s", name, error)
    except duckdb.OutOfMemoryException as error:
        logger.warning("maintenance: %s needs more memory", name, exc_info=error)
        return False
    except duckdb.Error as error:  # must never prevent events from landing
        # The log omits the message of the error, which may quote a row.
        logger.warning("maintenance: %s failed", name, exc_info=error)
    else:
        logger.debug("maintenance: %s took %.2f s", name, time.monotonic() - started)
    return True


def _expire(connection: duckdb.DuckDBPyConnection, keep: float) -> None:
    """Expires snapshots older than `keep` seconds; files that only they use can then be removed.

    Names the snapshots by number: `older_than` compares times as text in a SQLite catalog, and
    so expires every snapshot of the same day.
    """
    old = connection.execute(
        f"SELECT snapshot_id FROM ducklake_snapshots('{ALIAS}') "
        f"WHERE snapshot_time < {_before(keep)} ORDER BY snapshot_id"
    ).fetchall()
    newest = connection.execute(
        f"SELECT max(snapshot_id) FROM ducklake_snapshots('{ALIAS}')"
    ).fetchall()
    versions = [str(row[0]) for row in old if row != newest[0]]
    if versions:
        _call(connection, "ducklake_expire_snapshots", f"versions => [{', '.join(versions)}]")


def _before(seconds: float) -> str:
    return f"now() - INTERVAL {int(seconds)} SECONDS"


def _call(connection: duckdb.DuckDBPyConnection, function: str, option: str) -> None:
    connection.execute(f"CALL {function}('{ALIAS}', {option})").fetchall()
