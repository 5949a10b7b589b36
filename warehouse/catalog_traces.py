"""Removes what a SQLite catalog still holds of rows that are gone: statistics and free space.

DuckLake only ever widens the least and the greatest value of a table's column, and SQLite only
marks the place of deleted rows as free.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path

import duckdb

from warehouse.transaction import Busy, transact
from warehouse.write_lock import Turn

logger = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
# The values of the live files. A column that a file has no values for is left as it is.
_EXACT = """
    SELECT
        stats.table_id, stats.column_id, min(stats.min_value), max(stats.max_value)
    FROM ducklake_file_column_stats AS stats
    JOIN ducklake_data_file AS file USING (data_file_id)
    JOIN ducklake_column AS named
        ON named.table_id = stats.table_id AND named.column_id = stats.column_id
    WHERE file.end_snapshot IS NULL AND named.column_type IN ('varchar', 'blob')
    GROUP BY stats.table_id, stats.column_id
    HAVING max(stats.min_value IS NULL AND stats.value_count > 0) = 0
        AND max(stats.max_value IS NULL AND stats.value_count > 0) = 0
"""
_NARROW = """
    UPDATE ducklake_table_column_stats SET min_value = ?3, max_value = ?4
    WHERE table_id = ?1 AND column_id = ?2 AND (min_value IS NOT ?3 OR max_value IS NOT ?4)
"""


def forget(connection: duckdb.DuckDBPyConnection, catalog: Path, lock: Turn | None = None) -> None:
    """Makes the statistics of texts exact, and overwrites free space. Raises Busy.

    Call after the files of old snapshots are removed. Readers and writers go on; if one of them
    keeps the write-ahead log in use, its old content goes with the next call.
    """
    try:
        with contextlib.closing(_opened(catalog)) as sqlite:
            with lock.held() if lock else contextlib.nullcontext():
                changed = _narrow(sqlite)
            if changed:
                # Writers keep statistics in memory until the next file is numbered.
                bump = "UPDATE landing_fence SET opened = opened"
                transact(connection, lambda: connection.execute(bump), attempts=3, lock=lock)
            with lock.held() if lock else contextlib.nullcontext():
                sqlite.execute("VACUUM")
                sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:  # such as a lock or a full disk
        raise Busy(f"the catalog cannot be cleaned now ({type(error).__name__})") from None


def _narrow(sqlite: sqlite3.Connection) -> int:
    """The number of columns whose values were changed. Holds SQLite's write lock meanwhile.

    A file that lands meanwhile could otherwise lie outside of the values, and queries would skip
    it. A writer that began before only makes them wider again.
    """
    sqlite.execute("BEGIN IMMEDIATE")
    try:
        exact = sqlite.execute(_EXACT).fetchall()
        changed = sqlite.executemany(_NARROW, exact).rowcount
        sqlite.execute("COMMIT")
    except BaseException:
        sqlite.execute("ROLLBACK")
        raise
    return changed


def _opened(catalog: Path) -> sqlite3.Connection:
    return sqlite3.connect(catalog, timeout=BUSY_SECONDS, isolation_level=None)
