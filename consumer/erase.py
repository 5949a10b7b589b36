"""What users deleted: its content leaves the warehouse, whenever it comes."""

from __future__ import annotations

import duckdb
import polars as pl

from schemas.topics import MESSAGES, STATUSES, Topic

# An edit carries the message's new content, so it goes with the message it edits.
_ERASE = """
    UPDATE messages SET content = NULL, extra = NULL
    WHERE (content IS NOT NULL OR extra IS NOT NULL)
      AND type <> 'revoke'
      AND (message_id IN ({ids}) OR (type = 'edit' AND target_message_id IN ({ids})))
"""


def requested(rows: dict[Topic, pl.DataFrame]) -> set[str]:
    """Ids of messages whose deletion these rows report.

    On-premises and some providers report it as a status, the Cloud API as a revoke message.
    """
    ids: set[str] = set()
    if STATUSES in rows:
        deleted = rows[STATUSES].filter(
            (pl.col("status") == "deleted") & (pl.col("kind") == "message")
        )
        ids.update(deleted["message_id"].to_list())
    if MESSAGES in rows:
        revoked = rows[MESSAGES].filter(pl.col("type") == "revoke")
        ids.update(revoked["target_message_id"].drop_nulls().to_list())
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
    connection.execute(_ERASE.format(ids="SELECT unnest($ids::VARCHAR[])"), {"ids": listed})


def blank(connection: duckdb.DuckDBPyConnection, messages: pl.DataFrame) -> pl.DataFrame:
    """The rows without the content of messages that were deleted before they came."""
    ids = set(messages["message_id"].to_list())
    edited = messages.filter(pl.col("type") == "edit")["target_message_id"].drop_nulls()
    ids.update(edited.to_list())
    known = connection.execute(
        "SELECT message_id FROM erasures WHERE message_id IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(ids)],
    ).fetchall()
    if not known:
        return messages
    gone = [row[0] for row in known]
    erased = (pl.col("type") != "revoke") & (
        pl.col("message_id").is_in(gone)
        | ((pl.col("type") == "edit") & pl.col("target_message_id").is_in(gone).fill_null(False))
    )
    return messages.with_columns(
        pl.when(erased).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("content", "extra")
    )


def sweep(connection: duckdb.DuckDBPyConnection) -> None:
    """Erases what slipped past: on catalogs that let two consumers' batches cross."""
    connection.execute(_ERASE.format(ids="SELECT message_id FROM erasures"))
