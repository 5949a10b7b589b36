"""Puts small files together and leaves deleted rows out, unseen by readers.

DuckLake's own `merge_adjacent_files`, `rewrite_data_files` and `flush_inlined_data` change the
catalog's rows about live files in place. On a SQLite catalog a reader that looks them up at that
moment finds neither the old file nor the new one: a table is empty or short for one query. An
ordinary transaction ends the old files with its snapshot and begins the new ones with it, so
every reader sees the one or the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

MIB = 1024 * 1024
SMALL_BYTES = 16 * MIB
# Fewer small files than this are left alone: a rewrite may leave one for each thread.
MANY = 8
# What one transaction rewrites at most: a long one would lose its race with every landing.
ROUND_BYTES = 64 * MIB
# So many files at most, where those before need too much memory: a few bytes may hold long texts.
PORTIONS = (100_000, 32, 4)


def compact(connection: duckdb.DuckDBPyConnection, table: str, most: int = PORTIONS[0]) -> int:
    """Rewrites what is worth it, `most` files at once, and returns how many they were.

    Call inside a transaction.
    """
    files = _chosen(connection, table)[:most]
    rewrite(connection, table, files)
    return len(files)


def rewrite(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    files: Sequence[str],
    columns: str = "*",
    parameters: Mapping[str, object] | None = None,
) -> None:
    """Writes the rows of these files anew, as `columns` selects them, and ends the files whole."""
    if not files:
        return
    # Written out, not as a parameter: so the other files are not even opened.
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    there = f'FROM "{table}" WHERE filename IN ({names})'
    connection.execute(f'INSERT INTO "{table}" SELECT {columns} {there}', parameters or {})
    connection.execute(f"DELETE {there}")


def _chosen(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Files with deleted rows, and small files if there are many; smallest first."""
    listed = connection.execute(
        "SELECT data_file, data_file_size_bytes, delete_file IS NOT NULL "
        "FROM ducklake_list_files(current_database(), ?) ORDER BY data_file_size_bytes",
        [table],
    ).fetchall()
    many = sum(size < SMALL_BYTES for _, size, _ in listed) >= MANY
    chosen: list[str] = []
    left = ROUND_BYTES
    for file, size, scarred in listed:
        if scarred or (many and size < SMALL_BYTES):
            left -= size
            if left < 0 and chosen:
                break
            chosen.append(file)
    return chosen
