"""What a landing changes in the sums of messages.

A landing computes what the messages it touches added to the sums before, and what they add now,
and appends the differences. So a sum over the rows is always the number of messages, however often
and in which order their statuses arrive. One SQL text serves the differences and the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import duckdb
import polars as pl
import pyarrow as pa

from schemas.topics import ACCOUNT_EVENTS, STATUSES, Topic
from warehouse import campaigns
from warehouse.arrow_tables import registered
from warehouse.known_messages import Known, known
from warehouse.recent_statuses import RecentStatuses
from warehouse.retention import LEAST_STATUSES, removed_before
from warehouse.rollups import rows_sql

# Statuses of a message arrive for up to 30 days.
KNOWN_FOR = timedelta(days=31)
# The fresh rows that can change what a message adds.
_DECIDING = {
    STATUSES: pl.lit(True),
    ACCOUNT_EVENTS: (pl.col("event") == "reaction") & pl.col("message_id").is_not_null(),
}


def _change(groups: bool) -> str:
    """The query for the differences. Without `groups`, no status may be of a group."""
    # Each touched message is there twice: as it was before, and as it is now. To plan this query
    # is most of its time. It takes a fifth less if its widest part is planned once; there are few
    # rows.
    rows = rows_sql(
        "CASE WHEN starts_with(message_id, '-') THEN -1 ELSE 1 END",
        statuses="changed_statuses",
        account_events="changed_account_events",
        campaigns="changed_campaigns",
        groups=str(groups).lower(),
    ).replace("outgoing AS NOT MATERIALIZED", "outgoing AS MATERIALIZED")
    return f"""
    SELECT * REPLACE (sum(messages)::BIGINT AS messages)
    FROM ({rows})
    GROUP BY ALL HAVING sum(messages) <> 0
    """


_CHANGES = {groups: _change(groups) for groups in (True, False)}


def add(
    connection: duckdb.DuckDBPyConnection,
    fresh: Mapping[Topic, pl.DataFrame],
    recent: RecentStatuses | None = None,
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> Known:
    """Adds the effect of rows that are about to be inserted; call inside that transaction.

    Returns the part of the rows that has an effect. `recent` says faster what has landed before.
    `renamed` has the former and the new ids of erased messages; both may have landed.
    """
    new = {topic: fresh[topic].filter(only) for topic, only in _DECIDING.items() if topic in fresh}
    added = Known.of(new.get(STATUSES), new.get(ACCOUNT_EVENTS))
    touched = [
        frame.select("message_id", "received_at") for frame in new.values() if not frame.is_empty()
    ]
    if touched:
        ids = pl.concat(touched)["message_id"].unique()
        received = pl.concat(touched)["received_at"].min()
        assert isinstance(received, datetime)  # the schema has no null here
        before = recent.known(ids, received) if recent else None
        if recent and before is not None:
            recent.prepare(added)
        if before is None:
            former = pl.Series(list(renamed), dtype=pl.String)
            before = known(connection, pl.concat([ids, former]), received - KNOWN_FOR)
            before = before.with_ids(renamed)
        was, new_ones = _counted(connection, before.statuses, added.statuses)
        statuses = pl.concat([was, new_ones])
        with (
            registered(connection, "changed_statuses", _versions(was, new_ones)),
            registered(
                connection, "changed_account_events", _versions(before.reactions, added.reactions)
            ),
            registered(connection, "changed_campaigns", campaigns.known(connection, statuses)),
        ):
            groups = bool((statuses["recipient_type"] == "group").any())
            connection.execute(f"INSERT INTO rollups BY NAME {_CHANGES[groups]}")
    return added


def _counted(
    connection: duckdb.DuckDBPyConnection, before: pl.DataFrame, fresh: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """These rows without those that are older than `statuses` keeps them.

    Their sums are final, and have such a message already if it comes again.
    """
    usual = datetime.now(UTC) - timedelta(days=LEAST_STATUSES)
    times = pl.concat([before["occurred_at"], fresh["occurred_at"]])
    limit = removed_before(connection, "statuses") if (times < usual).any() else None
    if limit is None:
        return before, fresh
    kept = pl.col("occurred_at") >= limit
    return before.filter(kept), fresh.filter(kept)


def _versions(before: pl.DataFrame, fresh: pl.DataFrame) -> pa.Table:
    """The rows before, and again with the fresh ones; the first letter of the id says which."""
    return pl.concat(
        rows.with_columns(message_id=mark + pl.col("message_id"))
        for mark, rows in (("-", before), ("+", before), ("+", fresh))
    ).to_arrow()
