"""Removes rows that are older than their table keeps them; the sums of the pages stay.

The table `retention` says what is gone. Sums of messages that began before `complete_from` cannot
be counted anew from the rows, so they are final.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

import duckdb

from warehouse.compaction import PORTIONS, ROUND_BYTES, replace_rows, rewrite
from warehouse.sql_literal import literal

# Statuses of a message arrive for up to 30 days. If the rows of its first ones were gone by then,
# it would count as another message.
STATUS_DAYS = timedelta(days=31)
LEAST_STATUSES = 35
# Providers repeat a webhook for up to 7 days; it must still be found in the table then.
LEAST = 8
# A file without younger rows is not written again, so more of these fit into one transaction.
WHOLE_FILES = 10
COMPLETE_FROM = (
    "coalesce((SELECT max(complete_from) FROM retention WHERE table_name = 'statuses'), "
    "'-infinity'::TIMESTAMPTZ)"
)


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days the rows of each table are kept; None: for good."""

    statuses: int | None = None
    messages: int | None = None
    errors: int | None = None
    account_events: int | None = None
    sends: int | None = None
    dead_letters: int | None = None

    def tables(self) -> dict[str, int]:
        """The days of the tables that are not kept for good."""
        days = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: number for name, number in days.items() if number is not None}


@dataclass(frozen=True, slots=True)
class _Old:
    """SQL for the rows of a table from before `limit`, a time as literal.

    Those that `stays` names stay, as `columns` selects them; they are done if they are `bare`.
    """

    limit: str
    stays: str = "false"
    bare: str = "true"
    columns: str = "*"

    @property
    def gone(self) -> str:
        """The condition for rows that go. By either clock: a wrong one must not keep a row."""
        return f"((occurred_at < {self.limit} OR received_at < {self.limit}) AND NOT {self.stays})"

    def found(self, clock: str) -> str:
        """The condition for rows with something to do, by one of the two clocks."""
        return f"{clock} < {self.limit} AND NOT ({self.stays} AND {self.bare})"


def removed_before(connection: duckdb.DuckDBPyConnection, table: str) -> datetime | None:
    """The time before which rows of a table are gone, or are about to go; None: none are."""
    rows = connection.execute(
        "SELECT removed_before FROM retention WHERE table_name = ?", [table]
    ).fetchall()
    return rows[0][0] if rows else None


def remove(
    connection: duckdb.DuckDBPyConnection, table: str, days: int, most: int = PORTIONS[0]
) -> int:
    """Removes rows of whole days (UTC) from some files, at most `most` of them.

    Returns the number of these files; 0 if nothing is left to do. Call inside a transaction.
    """
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    limit = midnight - timedelta(days=days)
    known = connection.execute(
        "SELECT removed_before, finished_at IS NOT NULL FROM retention WHERE table_name = ?",
        [table],
    ).fetchall()
    for before, finished in known:
        if finished and before >= limit:
            return 0
        limit = max(before, limit)  # another consumer may keep less
    old = _old(connection, table, limit)
    files = _some(connection, table, old)[:most]
    if files:
        _count(connection, table, old, files)
        order = "ORDER BY message_id" if table not in ("errors", "dead_letters") else ""
        rewrite(connection, table, files, old.columns, parts=(f"AND NOT {old.gone} {order}",))
    _note(connection, table, limit, finished=not files)
    return len(files)


def _old(connection: duckdb.DuckDBPyConnection, table: str, limit: datetime) -> _Old:
    before = _time(limit)
    if table != "account_events":
        return _Old(before)
    # A reaction says which statuses are not of a message. It stays, without its content, as long as
    # those: they would otherwise count.
    statuses = removed_before(connection, "statuses") or datetime.min.replace(tzinfo=UTC)
    return _Old(
        before,
        "coalesce(event = 'reaction' AND message_id IS NOT NULL "
        f"AND occurred_at >= {_time(statuses)}, false)",
        "value IS NULL",
        f"* REPLACE (CASE WHEN occurred_at >= {before} AND received_at >= {before} "
        "THEN value END AS value)",
    )


def _some(connection: duckdb.DuckDBPyConnection, table: str, old: _Old) -> list[str]:
    """Files with rows that go, for one transaction: first those of which nothing stays."""
    # One query for each clock: with both in one, DuckDB would open every file.
    found = connection.execute(
        " UNION ".join(
            f"SELECT filename FROM {table} WHERE {old.found(clock)}"
            for clock in ("occurred_at", "received_at")
        )
    ).fetchall()
    if not found:
        return []
    names = ", ".join(literal(str(name)) for (name,) in found)
    listed = connection.execute(
        f"""
        SELECT file.data_file, file.data_file_size_bytes, held.younger > 0
        FROM ducklake_list_files(current_database(), '{table}') AS file
        JOIN (
            SELECT filename, count(*) FILTER (NOT {old.gone}) AS younger
            FROM {table} WHERE filename IN ({names}) GROUP BY filename
        ) AS held ON held.filename = file.data_file
        ORDER BY held.younger > 0, file.data_file
        """
    ).fetchall()
    chosen: list[str] = []
    left = ROUND_BYTES
    for file, size, younger in listed:
        left -= size if younger else size // WHOLE_FILES
        if chosen and left < 0:
            break
        chosen.append(str(file))
    return chosen


def _count(
    connection: duckdb.DuckDBPyConnection, table: str, old: _Old, files: Sequence[str]
) -> None:
    """Adds the rows that go to `removed_rows`, so that the counts of what landed still agree."""
    names = ", ".join(map(literal, files))
    reason = "reason" if table == "dead_letters" else "NULL::VARCHAR"
    replace_rows(
        connection,
        "removed_rows",
        f"""
        SELECT topic, "partition", reason, sum("rows")::BIGINT AS "rows" FROM (
            FROM removed_rows
            UNION ALL BY NAME
            SELECT topic, "partition", {reason} AS reason, count(*) AS "rows"
            FROM {table} WHERE filename IN ({names}) AND {old.gone} GROUP BY ALL
        ) GROUP BY ALL
        """,
    )


def _note(
    connection: duckdb.DuckDBPyConnection, table: str, limit: datetime, *, finished: bool
) -> None:
    complete_from = limit + STATUS_DAYS if table == "statuses" else limit
    replace_rows(
        connection,
        "retention",
        """
        FROM retention WHERE table_name <> $table
        UNION ALL BY NAME
        SELECT $table AS table_name, $limit::TIMESTAMPTZ AS removed_before,
            $complete_from::TIMESTAMPTZ AS complete_from, if($finished, now(), NULL) AS finished_at
        """,
        {"table": table, "limit": limit, "complete_from": complete_from, "finished": finished},
    )


def _time(moment: datetime) -> str:
    return f"'{moment.isoformat()}'::TIMESTAMPTZ"
