"""Check that no event has landed twice."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from bluetick.doctor.finding import Finding, counted, ok, problem
from consumer.writer import DEDUPE_WINDOW
from schemas.content_hash import narrowed_sql
from schemas.topics import LANDED

CHECK = "duplicates"
# Ids are compared in shares of about this many rows, to bound memory.
SHARE = 5_000_000

_HASH = narrowed_sql("content_hash")
# Only ids with more than one row are compared row by row.
_TWINS = f"""
    WITH twins AS (
        SELECT event_id FROM {{table}} WHERE hash(event_id) % $shares = $share
        GROUP BY event_id, {_HASH} HAVING count(*) > 1
    ), gaps AS (
        SELECT received_at - lag(received_at) OVER (
            PARTITION BY event_id, {_HASH} ORDER BY received_at
        ) AS gap
        FROM {{table}} SEMI JOIN twins USING (event_id)
    )
    SELECT count(*) FROM gaps WHERE gap <= $window
"""


def duplicates(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Rows with the same event and content, received within DEDUPE_WINDOW of each other."""
    clean = []
    for topic in LANDED:
        assert topic.table
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {topic.table}").fetchall()
        shares = rows // SHARE + 1
        twins = sum(_twins(connection, topic.table, share, shares) for share in range(shares))
        if twins:
            yield problem(
                CHECK,
                f"{topic.table}: {counted(twins, 'repeated row')}",
                "the consumer drops these, so something else inserted them: see SELECT event_id, "
                f"{_HASH} FROM {topic.table} GROUP BY ALL HAVING count(*) > 1",
            )
        else:
            clean.append(topic.table)
    if clean:
        yield ok(CHECK, f"none in {', '.join(clean)}")


def _twins(connection: duckdb.DuckDBPyConnection, table: str, share: int, shares: int) -> int:
    ((twins,),) = connection.execute(
        _TWINS.format(table=table), {"shares": shares, "share": share, "window": DEDUPE_WINDOW}
    ).fetchall()
    return int(twins)
