"""The table `rollups`: sums of messages for the pages, which each landing keeps up to date.

A landing computes what the messages it touches added to the sums before, and what they add now,
and appends the differences. So a sum over the rows is always the number of messages, however often
and in which order their statuses arrive. One SQL text serves the differences and the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import duckdb
import polars as pl
import pyarrow as pa

from schemas.topics import ACCOUNT_EVENTS, STATUSES, Topic
from warehouse.known import Known, known
from warehouse.registered import registered
from warehouse.states import States
from warehouse.views import TABLES, filled, part

# Statuses of a message arrive for up to 30 days.
KNOWN_FOR = timedelta(days=31)
# The fresh rows that can change what a message adds.
_DECIDING = {
    STATUSES: pl.lit(True),
    ACCOUNT_EVENTS: (pl.col("event") == "reaction") & pl.col("message_id").is_not_null(),
}


def rows_sql(sign: str, since: str = "'-infinity'", until: str = "'infinity'", **names: str) -> str:
    """The query for rows of `rollups` of messages that began in a time, by default all.

    `names` are the tables to read instead of TABLES.
    """
    facts = filled(part("message_facts"), **(TABLES | names))
    facts = facts.replace("since::TIMESTAMPTZ", f"{since}::TIMESTAMPTZ")
    facts = facts.replace("until::TIMESTAMPTZ", f"{until}::TIMESTAMPTZ")
    rows = filled(part("rollup_rows"), sign=sign)
    return f"WITH {facts}, counted AS MATERIALIZED (FROM facts) {rows}"


# Each touched message is there twice: as it was before, and as it is now.
_CHANGE = f"""
SELECT * REPLACE (sum(messages)::BIGINT AS messages)
FROM ({
    rows_sql(
        "CASE WHEN starts_with(message_id, '-') THEN -1 ELSE 1 END",
        statuses="changed_statuses",
        account_events="changed_account_events",
    )
})
GROUP BY ALL HAVING sum(messages) <> 0
"""


# How files of `rollups` are merged: rows of the same kind become one row with their sum. After two
# days, rows of a quarter of an hour become one; every time zone's days and hours begin with one.
# Only open messages keep their minute, because their age decides what they are.
SUMMED = """* REPLACE (
    CASE
        WHEN outcome IS DISTINCT FROM 'open' AND time < now() - INTERVAL 2 DAYS
            THEN time_bucket(INTERVAL 15 MINUTES, time)
        ELSE time
    END AS time,
    sum(messages)::BIGINT AS messages
)"""
GROUPS = "GROUP BY ALL HAVING sum(messages) <> 0 ORDER BY kind, time"


def digest() -> str:
    """Changes when the same statuses give other rows."""
    return hashlib.sha256(rows_sql("1").encode()).hexdigest()[:16]


def add(
    connection: duckdb.DuckDBPyConnection,
    fresh: Mapping[Topic, pl.DataFrame],
    states: States | None = None,
) -> Known:
    """Adds the effect of rows that are about to be inserted; call inside that transaction.

    Returns the part of the rows that has an effect. `states` says faster what has landed before.
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
        before = states.known(ids, received) if states else None
        if before is None:
            before = known(connection, ids, received - KNOWN_FOR)
        with (
            registered(connection, "changed_statuses", _versions(before.statuses, added.statuses)),
            registered(
                connection, "changed_account_events", _versions(before.reactions, added.reactions)
            ),
        ):
            connection.execute(f"INSERT INTO rollups BY NAME {_CHANGE}")
    return added


def _versions(before: pl.DataFrame, fresh: pl.DataFrame) -> pa.Table:
    """The rows before, and again with the fresh ones; the first letter of the id says which."""
    return pl.concat(
        rows.with_columns(message_id=mark + pl.col("message_id"))
        for mark, rows in (("-", before), ("+", before), ("+", fresh))
    ).to_arrow()


def corrections(since: datetime | None = None, until: datetime | None = None) -> str:
    """The query for the rows that are missing in `rollups`, or that are there too much.

    With both limits, only of messages that began in this time, and without what they cost. To
    insert the rows corrects all sums, also if events have landed since the query began: a landing
    adds what changes from statuses to statuses, whatever the sums are.
    """
    if since is None or until is None:
        whole, stored = rows_sql("1"), "rollups"
    else:
        limits = (f"'{limit.isoformat()}'" for limit in (since, until))
        whole = f"FROM ({rows_sql('1', *limits)}) WHERE kind <> 'billing'"
        stored = (
            "rollups WHERE kind <> 'billing' "
            f"AND time >= '{since.isoformat()}' AND time < '{until.isoformat()}'"
        )
    return f"""
        SELECT {SUMMED}
        FROM (
            FROM ({whole})
            UNION ALL BY NAME SELECT * REPLACE (-messages AS messages) FROM {stored}
        )
        {GROUPS}
    """


def rebuild(connection: duckdb.DuckDBPyConnection) -> None:
    """Corrects all rows by the statuses; call inside a transaction."""
    connection.execute(f"INSERT INTO rollups BY NAME {corrections()}")
