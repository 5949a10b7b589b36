"""What users deleted: its content leaves the warehouse, whenever it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from schemas.topics import ACCOUNT_EVENTS, MESSAGES, STATUSES, Topic
from warehouse.compaction import rewrite

REVOKE, EDIT = "revoke", "edit"


@dataclass(frozen=True, slots=True)
class _Written:
    """Where a topic's rows hold what people wrote, and how one row names another's message.

    `target` is the column that does so, or the one whose JSON does, below the row's own `kind`.
    """

    kind: str
    contents: tuple[str, ...]
    target: str
    in_json: bool = False

    def target_of(self, kind: str) -> pl.Expr:
        """The message that a row of this kind is about."""
        column = pl.col(self.target)
        if not self.in_json:
            return column
        found = column.str.json_path_match(f"$.{kind}.original_message_id")
        # As every column of a landed row has it.
        return found.str.replace_all("\0", "\ufffd", literal=True)

    def matches(self, ids: str) -> str:
        """The condition for rows to erase: those of messages whose ids the query `ids` gives."""
        edited = self.target
        if self.in_json:
            # Whoever writes to Kafka may have put anything there.
            path = f"replace({self.target}->>'$.{EDIT}.original_message_id', chr(0), chr(65533))"
            edited = f"(CASE WHEN json_valid({self.target}) THEN {path} END)"
        # An edit carries the message's new content, so it goes with the message it edits.
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
    ) -> None:
        """Erases the content of these messages; call inside a transaction.

        By writing the whole files anew that hold them: an UPDATE leaves a list of deleted rows
        beside a file, which the next one replaces, and readers of the snapshot before then see
        erased rows twice (see warehouse/compaction.py).
        """
        found = self.matches(ids)
        files = connection.execute(
            f"SELECT DISTINCT filename FROM {table} WHERE {found}", parameters
        ).fetchall()
        erased = ", ".join(
            f"CASE WHEN {found} THEN NULL ELSE {name} END AS {name}" for name in self.contents
        )
        names = [str(name) for (name,) in files]
        rewrite(connection, table, names, f"* REPLACE ({erased})", parameters)


# The business's own messages come as account events, where it wrote them on a phone.
WRITTEN: dict[Topic, _Written] = {
    MESSAGES: _Written("type", ("content", "extra"), "target_message_id"),
    ACCOUNT_EVENTS: _Written("event", ("value",), "value", in_json=True),
}


def requested(rows: Mapping[Topic, pl.DataFrame]) -> set[str]:
    """Ids of messages whose deletion these rows report.

    On-premises and some providers report it as a status, the Cloud API as a revoke message.
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
    """Remembers the ids and erases what has landed already; call inside the transaction."""
    if not ids:
        return
    listed = sorted(ids)
    connection.execute(
        "INSERT INTO erasures SELECT id, now() FROM (SELECT unnest(?::VARCHAR[]) AS id) "
        "WHERE id NOT IN (SELECT message_id FROM erasures)",
        [listed],
    )
    for topic, written in WRITTEN.items():
        ids_given = "SELECT unnest($ids::VARCHAR[])"
        written.erase(connection, str(topic.table), ids_given, {"ids": listed})


def blank(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[Topic, pl.DataFrame]
) -> dict[Topic, pl.DataFrame]:
    """The rows without the content of messages that were deleted before they came."""
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
    """Erases what slipped past: on catalogs that let two consumers' batches cross."""
    for topic, written in WRITTEN.items():
        written.erase(connection, str(topic.table), "SELECT message_id FROM erasures", {})
