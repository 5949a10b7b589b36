"""Erases the content of messages that users deleted, before and after it has landed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from schemas.topics import ACCOUNT_EVENTS, MESSAGES, SENDS, STATUSES, Topic
from warehouse.anonymous_rows import PEOPLE
from warehouse.arrow_tables import registered
from warehouse.compaction import rewrite
from warehouse.sql_literal import literal

REVOKE, EDIT = "revoke", "edit"
# A landing rewrites only files up to this size.
RECENT_BYTES = 1024 * 1024
# What a status of a deletion says about people. Such a status counts nowhere.
DELETED_STATUS = (*PEOPLE[STATUSES], "callback_data", "extra")


@dataclass(frozen=True, slots=True)
class _Written:
    """The columns of a topic to erase, and how a row names the message it is about.

    `contents` are the columns that hold content or identify people, `kind` is the column with the
    kind of the row, and `target` the one with the id of the message that an edit or a revoke is
    about; with `in_json`, the id is in its JSON, below the kind. Without a `kind`, no row is an
    edit or a revoke.
    """

    contents: tuple[str, ...]
    kind: str | None = None
    target: str | None = None
    in_json: bool = False

    @property
    def about(self) -> str:
        """The SQL expression for the id of the message that an edit or a revoke is about."""
        if self.kind is None:
            return "NULL"
        if not self.in_json:
            return f"(CASE WHEN {self.kind} IN ('{EDIT}', '{REVOKE}') THEN {self.target} END)"
        kinds = " ".join(
            f"WHEN '{kind}' THEN {self.target}->>'$.{kind}.original_message_id'"
            for kind in (EDIT, REVOKE)
        )
        # Other writers to Kafka may have sent text that is not JSON. The replacement is that of
        # every column of a landed row.
        found = f"replace(CASE {self.kind} {kinds} END, chr(0), chr(65533))"
        return f"(CASE WHEN json_valid({self.target}) THEN {found} END)"

    def matches(self, ids: str) -> str:
        """The SQL condition for rows to erase; `ids` is a query for the ids of the messages."""
        # An edit has the message's new content, and a revoke says who wrote the message.
        changes = (
            f"OR ({self.kind} IN ('{EDIT}', '{REVOKE}') AND {self.about} IN ({ids}))"
            if self.kind
            else ""
        )
        return f"""
            ({" OR ".join(f"{name} IS NOT NULL" for name in self.contents)})
            AND (message_id IN ({ids}) {changes})
        """

    def targets(self, connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> pl.Series:
        """For each row, the id of the message that an edit or a revoke is about; others: null.

        DuckDB reads it, as in landed rows: polars reads no JSON with long integers or deep lists.
        """
        none = pl.Series("target", [None] * len(rows), dtype=pl.String)
        if self.kind is None or self.target is None:
            return none
        changes = pl.col(self.kind).is_in([EDIT, REVOKE]).fill_null(False)
        some = rows.with_row_index("place").filter(changes).select("place", self.kind, self.target)
        if some.is_empty():
            return none
        with registered(connection, "changes", some.to_arrow()):
            found = connection.execute(f"SELECT place, {self.about} AS target FROM changes").pl()
        everywhere = rows.select(pl.row_index("place").cast(pl.UInt32))
        found = found.with_columns(
            pl.col("place").cast(pl.UInt32), pl.col("target").cast(pl.String)
        )
        return everywhere.join(found, on="place", how="left", maintain_order="left")["target"]

    def erase(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        ids: str,
        parameters: Mapping[str, object],
        files: Sequence[str] | None = None,
    ) -> None:
        """Erases the content of these messages from `files`; None: from all. In a transaction.

        Rewrites the files that hold them. An UPDATE would write a list of deleted rows for each
        file, and the next UPDATE would replace this list. Readers of the snapshot before would
        then see the erased rows twice (see warehouse/compaction.py).
        """
        if files is not None and not files:
            return
        found = self.matches(ids)
        among = f"filename IN ({', '.join(map(literal, files))}) AND" if files else ""
        holding = connection.execute(
            f"SELECT DISTINCT filename FROM {table} WHERE {among} {found}", parameters
        ).fetchall()
        erased = ", ".join(
            f"CASE WHEN {found} THEN NULL ELSE {name} END AS {name}" for name in self.contents
        )
        names = [str(name) for (name,) in holding]
        rewrite(connection, table, names, f"* REPLACE ({erased})", parameters)


# Messages that a business writes on a phone come as account events. The ids of messages stay: by
# them, repetitions are recognised and reactions are counted.
WRITTEN: dict[Topic, _Written] = {
    MESSAGES: _Written(
        (
            *("content", "extra", "sender_id", "sender_user_id", "sender_name"),
            *("context_message_id", "context_from", "ctwa_clid", "error_title"),
        ),
        kind="type",
        target="target_message_id",
    ),
    SENDS: _Written(("recipient_id", "extra")),
    ACCOUNT_EVENTS: _Written(("value",), kind="event", target="value", in_json=True),
}


def requested(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[Topic, pl.DataFrame]
) -> set[str]:
    """The ids of messages whose deletion these rows report.

    The On-Premises API and some providers report a deletion as a status, the Cloud API as a
    message of type `revoke`.
    """
    ids: set[str] = set()
    if STATUSES in rows:
        deleted = rows[STATUSES].filter(
            (pl.col("status") == "deleted") & (pl.col("kind") == "message")
        )
        ids.update(deleted["message_id"].to_list())
    for topic, written in WRITTEN.items():
        if topic in rows and written.kind:
            revoked = rows[topic].filter(pl.col(written.kind) == REVOKE)
            ids.update(written.targets(connection, revoked).drop_nulls().to_list())
    return ids


def note(connection: duckdb.DuckDBPyConnection, ids: set[str]) -> None:
    """Stores the ids, and erases content that landed recently; call inside the transaction.

    Content in larger files is erased by the next `sweep`. To rewrite them for each deletion would
    take many times the space of the warehouse until the old snapshots expire.
    """
    if not ids:
        return
    listed = sorted(ids)
    connection.execute(
        "INSERT INTO erasures SELECT id, now() FROM (SELECT unnest(?::VARCHAR[]) AS id) "
        "WHERE id NOT IN (SELECT message_id FROM erasures)",
        [listed],
    )
    for topic, written in WRITTEN.items():
        given = "SELECT unnest($ids::VARCHAR[])"
        recent = _recent_files(connection, str(topic.table))
        written.erase(connection, str(topic.table), given, {"ids": listed}, recent)


def _recent_files(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The files that are small, because maintenance has not merged them yet.

    The rows of the running transaction have no file name that could be given; `blank` has erased
    their content.
    """
    return [
        str(file)
        for (file,) in connection.execute(
            "SELECT data_file FROM ducklake_list_files(current_database(), ?) "
            "WHERE data_file_size_bytes <= ?",
            [table, RECENT_BYTES],
        ).fetchall()
    ]


def blank(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[Topic, pl.DataFrame]
) -> dict[Topic, pl.DataFrame]:
    """The rows without the content of messages that were deleted before these rows arrived.

    Statuses of a deletion never say who deleted the message.
    """
    blanked = {
        topic: _blank(connection, WRITTEN[topic], frame) if topic in WRITTEN else frame
        for topic, frame in rows.items()
    }
    if STATUSES in rows:
        blanked[STATUSES] = _without(
            rows[STATUSES],
            (pl.col("status") == "deleted") & (pl.col("kind") == "message"),
            DELETED_STATUS,
        )
    return blanked


def _blank(
    connection: duckdb.DuckDBPyConnection, written: _Written, rows: pl.DataFrame
) -> pl.DataFrame:
    about = written.targets(connection, rows)
    ids = {*rows["message_id"].to_list(), *about.to_list()} - {None}
    if not ids:
        return rows
    known = connection.execute(
        "SELECT message_id FROM erasures WHERE message_id IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(ids)],
    ).fetchall()
    if not known:
        return rows
    gone = [row[0] for row in known]
    return _without(rows, pl.col("message_id").is_in(gone) | about.is_in(gone), written.contents)


def _without(rows: pl.DataFrame, which: pl.Expr, columns: Sequence[str]) -> pl.DataFrame:
    """The rows with null in these columns of some rows."""
    return rows.with_columns(
        pl.when(which.fill_null(False)).then(None).otherwise(pl.col(name)).alias(name)
        for name in columns
    )


def sweep(connection: duckdb.DuckDBPyConnection) -> None:
    """Erases all content of deleted messages that is left, in files of any size.

    It also erases what two consumers missed that committed at the same time, because the catalog
    let them: one landed the deletion while the other landed the message.
    """
    for topic, written in WRITTEN.items():
        written.erase(connection, str(topic.table), "SELECT message_id FROM erasures", {})
