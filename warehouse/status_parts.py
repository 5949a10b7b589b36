"""Statuses split by message into files of parts, to count many of them in little memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.sql_literal import literal
from warehouse.views import part

# DuckDB keeps so many files open while it splits. With more parts, it closes and opens them often.
OPEN_FILES = 1_000


def split(
    connection: duckdb.DuckDBPyConnection, statuses: str, parts: int, folder: Path | None
) -> Iterator[str]:
    """Yields a query for each part; all statuses of a message are in the same part.

    `statuses` is a table or a query in parentheses. With more than one part, it is read once and
    written to `folder`: to read it again for each part takes hours with hundreds of millions of
    statuses. A part's files go when the next one is asked for. Without a folder, each query reads
    all statuses.
    """
    share = f"hash(message_id) % {parts}"
    if parts <= 1 or folder is None:
        for number in range(parts):
            yield f"(SELECT * FROM {statuses} WHERE {share} = {number})"
        return
    columns = ", ".join(_needed(connection, statuses))
    connection.execute(f"SET partitioned_write_max_open_files = {OPEN_FILES}")
    connection.execute(
        f"COPY (SELECT {columns}, {share} AS part FROM {statuses}) "
        f"TO {literal(str(folder / 'statuses'))} (FORMAT parquet, PARTITION_BY (part))"
    )
    for number in range(parts):
        files = list(folder.glob(f"statuses/part={number}/*.parquet"))
        if files:  # by chance a part may be empty
            found = ", ".join(literal(str(file)) for file in files)
            yield f"(FROM read_parquet([{found}], hive_partitioning := false))"
        else:
            yield f"(SELECT {columns} FROM {statuses} LIMIT 0)"
        for file in files:
            file.unlink()


def _needed(connection: duckdb.DuckDBPyConnection, statuses: str) -> list[str]:
    """The columns that the sums are made from."""
    names = connection.execute(f"DESCRIBE FROM {statuses}").fetchall()
    words = set(re.findall(r"\w+", part("message_facts")))
    return [name for name, *_ in names if name in words]
