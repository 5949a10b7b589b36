"""Erases the content of messages that users deleted, before and after it has landed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from schemas.topics import ACCOUNT_EVENTS, MESSAGES, STATUSES, Topic
from warehouse.compaction import rewrite
from warehouse.sql_literal import literal

REVOKE, EDIT = "revoke", "edit"
# A landing rewrites only files up to this size.
RECENT_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Written:
    """The columns of a topic that hold content, and how a row names the message it is about.

    `kind` is the column with the kind of the row, `contents` the columns to erase. `target` is
    the column with the id of the message; with `in_json`, the id is in its JSON, below the kind.
    """

    kind: str
    contents: tuple[str, ...]
    target: str
    in_json: bool = False

    def target_of(self, kind: str) -> pl.Expr:
        """The id of the message that a row of this kind is about."""
        column = pl.col(self.target)
        if not self.in_json:
            return column
        found = column.str.json_path_match(f"$.{kind}.original_message_id")
        # The same replacement as in every column of a landed row.
        return found.str.replace_all("\0", "\ufffd", literal=True)

    def matches(self, ids: str) -> str:
        """The SQL condition for rows to erase; `ids` is a query for the ids of the messages."""
        edited = self.target
        if self.in_json:
            # Other writers to Kafka may have sent text that is not JSON.
            path = f"replace({self.target}->>'$.{EDIT}.original_message_id', chr(0), chr(65533))"
            edited = f"(CASE WHEN json_valid({self.target}) THEN {path} END)"
        # An edit has the message's new content, so it is erased with the message.
        return f"""
            ({" OR ".join(f"{name} IS NOT NULL" for name in self.contents)})
            AND {self.kind} IS DISTINCT FROM '{REVOKE}'
            AND (message_id IN ({ids})
                 OR ({self.kind} = '{EDIT}' AND {edited} IN ({ids})))
        """

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


# Messages that a business writes on a phone come as account events.
WRITTEN: dict[Topic, _Written] = {
    MESSAGES: _Written("type", ("content", "extra"), "target_message_id"),
    ACCOUNT_EVENTS: _Written("event", ("value",), "value", in_json=True),
}


def requested(rows: Mapping[Topic, pl.DataFrame]) -> set[str]:
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
        if topic in rows:
            revoked = rows[topic].filter(pl.col(written.kind) == REVOKE)
            targets = revoked.select(target=written.target_of(REVOKE))["target"]
            ids.update(targets.drop_nulls().to_list())
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
    """The rows without the content of messages that were deleted before these rows arrived."""
    return {
        topic: _blank(connection, WRITTEN[topic], frame) if topic in WRITTEN else frame
        for topic, frame in rows.items()
    }


def _blank(
    connection: duckdb.DuckDBPyConnection, written: _Written, rows: pl.DataFrame
) -> pl.DataFrame:
    about = rows.with_columns(
        edited=pl.when(pl.col(written.kind) == EDIT).then(written.target_of(EDIT))
    )
    ids = {*about["message_id"].to_list(), *about["edited"].to_list()} - {None}
    if not ids:
        return rows
    known = connection.execute(
        "SELECT message_id FROM erasures WHERE message_id IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(ids)],
    ).fetchall()
    if not known:
        return rows
    gone = [row[0] for row in known]
    erased = pl.col("message_id").is_in(gone) | pl.col("edited").is_in(gone)
    erased = erased.fill_null(False) & (pl.col(written.kind) != REVOKE).fill_null(True)
    return about.with_columns(
        pl.when(erased).then(None).otherwise(pl.col(name)).alias(name) for name in written.contents
    ).drop("edited")


def sweep(connection: duckdb.DuckDBPyConnection) -> None:
    """Erases all content of deleted messages that is left, in files of any size.

    It also erases what two consumers missed that committed at the same time, because the catalog
    let them: one landed the deletion while the other landed the message.
    """
    for topic, written in WRITTEN.items():
        written.erase(connection, str(topic.table), "SELECT message_id FROM erasures", {})
