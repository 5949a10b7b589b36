"""Merges small files and removes deleted rows from files, without effect on readers.

DuckLake's own `merge_adjacent_files`, `rewrite_data_files` and `flush_inlined_data` change the
catalog's rows about live files in place. With a SQLite catalog, a reader that looks them up at
that moment finds neither the old file nor the new one: for one query, rows of the table are
missing. An ordinary transaction replaces the old files by new ones in one snapshot, so every
reader sees either the old or the new files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from warehouse.arrow_tables import registered
from warehouse.sql_literal import literal

MIB = 1024 * 1024
SMALL_BYTES = 4 * MIB
# Fewer small files than this are not merged: a rewrite may write one for each thread.
MANY = 8
# The most bytes that one transaction rewrites. A landing would commit before a longer one does, and
# the longer one would then fail; and to sort the rows takes some ten times this memory.
ROUND_BYTES = 8 * MIB
# The most files in one transaction. The next number is used after a lack of memory: compressed
# files may hold much longer texts.
PORTIONS = (100_000, 32, 4)


def compact(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    most: int = PORTIONS[0],
    columns: str = "*",
    groups: str = "",
) -> int:
    """Rewrites files that need it, at most `most` of them, and returns their number.

    `columns` is as in `rewrite`, and `groups` what follows the WHERE clause. Call inside a
    transaction.
    """
    files = _chosen(connection, table)[:most]
    rewrite(connection, table, files, columns, parts=(groups,))
    return len(files)


def rewrite(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    files: Sequence[str],
    columns: str = "*",
    parameters: Mapping[str, object] | None = None,
    parts: Sequence[str] = ("",),
) -> None:
    """Writes the rows of these files to new files, as `columns` selects them; ends the old ones.

    Each of `parts` follows the WHERE clause, and has rows for files of its own; together they must
    have all rows that stay. Call inside a transaction. `parameters` are those of `columns`.
    """
    if not files:
        return
    there = from_files(table, files)
    for part in parts:
        statement = f'INSERT INTO "{table}" SELECT {columns} {there} {part}'
        connection.execute(statement, parameters or {})
    connection.execute(f"DELETE {there}")


def from_files(table: str, files: Sequence[str]) -> str:
    """FROM and WHERE for the rows of these files."""
    # Literals instead of a parameter: with them, DuckDB does not open the other files.
    names = ", ".join(map(literal, files))
    return f'FROM "{table}" WHERE filename IN ({names})'


def replace_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    query: str,
    parameters: Sequence[object] | Mapping[str, object] = (),
) -> None:
    """Replaces all rows of a small table by the result of `query`; call inside a transaction.

    So the old file ends as a whole, which is cheap for any number of rows. If only some rows were
    replaced, DuckLake would keep a list of deleted rows, and change it while readers of older
    snapshots use it.
    """
    rows = connection.execute(query, parameters).to_arrow_table()
    with registered(connection, "replacing", rows):
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f"INSERT INTO {table} BY NAME FROM replacing")


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
    for file, size, has_deletes in listed:
        if has_deletes or (many and size < SMALL_BYTES):
            left -= size
            if left < 0 and chosen:
                break
            chosen.append(file)
    return chosen
