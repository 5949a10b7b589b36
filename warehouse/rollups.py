"""The table `rollups`: sums of messages for the pages. See also warehouse/rollup_changes.py."""

from __future__ import annotations

import hashlib
from datetime import datetime

import duckdb

from warehouse import campaigns
from warehouse.views import TABLES, filled, part


def rows_sql(sign: str, since: str = "'-infinity'", until: str = "'infinity'", **names: str) -> str:
    """The query for rows of `rollups` of messages that began in a time, by default all.

    `names` are the tables to read instead of TABLES.
    """
    facts = filled(part("message_facts"), **(TABLES | names))
    facts = facts.replace("since::TIMESTAMPTZ", f"{since}::TIMESTAMPTZ")
    facts = facts.replace("until::TIMESTAMPTZ", f"{until}::TIMESTAMPTZ")
    rows = filled(part("rollup_rows"), sign=sign)
    return f"WITH {facts}, counted AS MATERIALIZED (FROM facts) {rows}"


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


def digest(rule: campaigns.CampaignRule) -> str:
    """Changes when the same statuses give other rows."""
    lines = (*rows_sql("1").splitlines(), *rule.macros())
    statements = "\n".join(line.partition("--")[0].strip() for line in lines)
    return hashlib.sha256(statements.encode()).hexdigest()[:16]


def corrections(since: datetime | None = None, until: datetime | None = None) -> str:
    """The query for the rows that are missing in `rollups`, or that are there too much.

    With both limits, only of messages that began in this time, and only kinds of rows that have
    the time of that. To insert the rows corrects all sums, also if events have landed since the
    query began: a landing adds what changes from statuses to statuses, whatever the sums are.
    """
    if since is None or until is None:
        whole, stored = rows_sql("1"), "rollups"
    else:
        of_span = "kind NOT IN ('billing', 'campaign_category')"  # these have other times
        limits = (f"'{limit.isoformat()}'" for limit in (since, until))
        whole = f"FROM ({rows_sql('1', *limits)}) WHERE {of_span}"
        stored = (
            f"rollups WHERE {of_span} "
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
    campaigns.add(connection)
    connection.execute(f"INSERT INTO rollups BY NAME {corrections()}")
