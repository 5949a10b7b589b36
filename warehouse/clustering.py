"""Rewrites files of past days so that each holds a range of message ids of its own.

Merged files are sorted by message, but each holds ids from the first to the last. A search for one
message then opens all of them, about a millisecond each, and after two years there are thousands.
DuckLake knows the first and the last id of each file, so it skips those of other ranges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations

import duckdb

from warehouse.compaction import MIB, ROUND_BYTES, SMALL_BYTES, from_files, rewrite
from warehouse.connection import ALIAS
from warehouse.sql_literal import literal

# The files of this time share ranges. It is halved until a group has at most MOST_FILES. So what
# reads or removes one day reads few rows of other days.
LONGEST = timedelta(days=8)
SHORTEST = timedelta(hours=1)
MOST_FILES = 32
# A group is left alone until its time has been over for this long: most late statuses are there.
SETTLED = timedelta(days=1)
# Files are rewritten while more than these hold the same id. To go on until it is one costs more.
MOST_OPENED = 2
# Two files of this size become two that compaction does not merge again.
LEAST_BYTES = SMALL_BYTES + MIB // 2


@dataclass(frozen=True, slots=True)
class File:
    """A file of a table: its path, its first and last message id, and its latest received_at."""

    path: str
    low: str
    high: str
    received: datetime


def cluster(
    connection: duckdb.DuckDBPyConnection, table: str = "statuses", least: int = LEAST_BYTES
) -> int:
    """Rewrites two files of a group as two with a range each. Returns how many; 0: none need it.

    Call inside a transaction. Files of less than `least` bytes are left to compaction.
    """
    for group in groups(files(connection, table, least), datetime.now(UTC) - SETTLED):
        if pair := overlapping(group):
            split(connection, table, pair)
            return len(pair)
    return 0


def groups(found: Sequence[File], settled: datetime) -> Iterator[list[File]]:
    """The files by when they were received, in groups that ended before `settled`."""
    yield from _halved(found, settled, LONGEST)


def _halved(found: Sequence[File], settled: datetime, span: timedelta) -> Iterator[list[File]]:
    by_span: dict[int, list[File]] = {}
    for file in found:
        by_span.setdefault(int(file.received.timestamp() // span.total_seconds()), []).append(file)
    for number, group in sorted(by_span.items()):
        if len(group) > MOST_FILES and span > SHORTEST:
            yield from _halved(group, settled, span / 2)
        elif (number + 1) * span.total_seconds() <= settled.timestamp():
            yield group


def overlapping(group: Sequence[File]) -> tuple[File, File] | None:
    """Two files with much the same ids, of those where most files hold the same id."""
    deepest: list[File] = []
    for file in group:
        holding = [other for other in group if other.low <= file.low <= other.high]
        if len(holding) > len(deepest):
            deepest = holding
    if len(deepest) <= MOST_OPENED:
        return None
    pairs = (pair for pair in combinations(deepest, 2) if _low(pair) < _high(pair))
    return max(pairs, key=_shared, default=None)


def split(connection: duckdb.DuckDBPyConnection, table: str, group: Sequence[File]) -> None:
    """Writes the rows of some files to as many new files, each with a range of message ids.

    Call inside a transaction.
    """
    paths = [file.path for file in group]
    shares = [number / len(group) for number in range(1, len(group))]
    ((limits,),) = connection.execute(
        f"SELECT quantile_disc(message_id, {shares}) {from_files(table, paths)}"
    ).fetchall()
    beyond = [f"message_id > {literal(limit)}" for limit in sorted(set(limits))]
    # A row without an id is in the first part.
    parts = [
        f"AND {above} AND ({below}) IS NOT TRUE ORDER BY message_id"
        for above, below in zip(("true", *beyond), (*beyond, "false"), strict=True)
    ]
    rewrite(connection, table, paths, parts=parts)


def files(connection: duckdb.DuckDBPyConnection, table: str, least: int) -> list[File]:
    """The files of a table that are neither small nor too large to be rewritten."""
    metadata = f"__ducklake_metadata_{ALIAS}"
    # DuckLake lists files with whole paths and without their limits; its catalog has the rest.
    rows = connection.execute(
        f"""
        SELECT
            any_value(listed.data_file),
            any_value(limits.min_value) FILTER (names.column_name = 'message_id'),
            any_value(limits.max_value) FILTER (names.column_name = 'message_id'),
            any_value(limits.max_value)
                FILTER (names.column_name = 'received_at')::TIMESTAMPTZ
        FROM ducklake_list_files(current_database(), $table) AS listed
        JOIN {metadata}.ducklake_data_file AS held
            ON parse_filename(held.path) = parse_filename(listed.data_file)
        JOIN {metadata}.ducklake_file_column_stats AS limits
            ON limits.data_file_id = held.data_file_id
        JOIN {metadata}.ducklake_column AS names
            ON names.column_id = limits.column_id AND names.table_id = limits.table_id
        WHERE held.end_snapshot IS NULL AND names.end_snapshot IS NULL
            AND names.column_name IN ('message_id', 'received_at')
            AND listed.data_file_size_bytes BETWEEN $least AND $most
        GROUP BY held.data_file_id
        ORDER BY held.data_file_id
        """,
        {"table": table, "least": least, "most": ROUND_BYTES},
    ).fetchall()
    return [File(*row) for row in rows if None not in row]


def _low(pair: tuple[File, File]) -> str:
    return min(file.low for file in pair)


def _high(pair: tuple[File, File]) -> str:
    return max(file.high for file in pair)


def _shared(pair: tuple[File, File]) -> float:
    """The share of the ids from the first to the last that both files may hold, 0 to 1."""
    one, other = pair
    low, high = _low(pair), _high(pair)
    shared = _distance(max(one.low, other.low), min(one.high, other.high), low, high)
    return shared / _distance(low, high, low, high)


def _distance(start: str, end: str, low: str, high: str) -> int:
    """How far apart two texts between `low` and `high` are, by what differs between these."""
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    first, last = (
        int.from_bytes(text[same : same + 8].encode()[:8].ljust(8, b"\0")) for text in (start, end)
    )
    return max(last - first, 1)
