"""The table `rollups`: sums of messages for the pages. See also warehouse/rollup_changes.py."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime

import duckdb

from warehouse import campaigns
from warehouse.memory_limit import size, working_folder
from warehouse.partial_sums import PartialSums
from warehouse.retention import COMPLETE_FROM
from warehouse.status_parts import split
from warehouse.views import FILLING, filled, part


def rows_sql(
    sign: str, since: str = "'-infinity'", until: str = "'infinity'", **filling: str
) -> str:
    """The query for rows of `rollups` of messages that began in a time, by default all.

    `filling` is in place of the same names of FILLING.
    """
    facts = filled(part("message_facts"), **(FILLING | filling))
    facts = facts.replace("since::TIMESTAMPTZ", f"{since}::TIMESTAMPTZ")
    facts = facts.replace("until::TIMESTAMPTZ", f"{until}::TIMESTAMPTZ")
    rows = filled(part("rollup_rows"), sign=sign)
    # Several kinds of rows have this minute. date_trunc() would ask the calendar of the time zone.
    counted = "SELECT *, time_bucket(INTERVAL 1 MINUTE, first_at) AS first_minute FROM facts"
    return f"WITH {facts}, counted AS MATERIALIZED ({counted}) {rows}"


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


# The memory to count one status anew, in bytes. Measured 1,000; half of the limit is for the rest.
STATUS_BYTES = 2_000


def _candidates(since: str, until: str) -> str:
    """The query for all statuses of the messages that may begin in a time."""
    hour = "INTERVAL 1 HOUR"
    return (
        "(FROM statuses SEMI JOIN (SELECT message_id FROM statuses "
        f"WHERE occurred_at >= {since}::TIMESTAMPTZ - {hour} "
        f"AND occurred_at < {until}::TIMESTAMPTZ + {hour}) AS near "
        "USING (message_id))"
    )


def _parts(connection: duckdb.DuckDBPyConnection, statuses: str) -> int:
    """In how many parts the statuses must be counted to fit into memory; 0 if there are none."""
    ((count, limit),) = connection.execute(
        f"SELECT count(*), current_setting('memory_limit') FROM {statuses}"
    ).fetchall()
    # Without a part, nothing is counted: to plan the query alone takes a tenth of a second.
    return -(-int(count) * STATUS_BYTES // size(limit))


def corrections(
    since: datetime | None = None, until: datetime | None = None, counted: str | None = None
) -> str:
    """The query for the rows that are missing in `rollups`, or that are there too much.

    With both limits, only of messages that began in this time, and only kinds of rows that have
    the time of that. `counted` is the query for the rows that all statuses give; by default, it
    counts them at once. To insert the rows corrects all sums, also if events have landed since the
    query began: a landing adds what changes from statuses to statuses, whatever the sums are.
    Sums from before `complete_from` of the table `retention` are final: their rows may be gone.
    """
    if since is None or until is None:
        whole, stored = counted or rows_sql("1"), "rollups"
    else:
        of_span = "kind NOT IN ('billing', 'campaign_category')"  # these have other times
        limits = (f"'{limit.isoformat()}'" for limit in (since, until))
        whole = f"FROM ({counted or rows_sql('1', *limits)}) WHERE {of_span}"
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
        WHERE coalesce(time >= {COMPLETE_FROM}, true)
        {GROUPS}
    """


def wrong_sums(
    connection: duckdb.DuckDBPyConnection,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[float]:
    """Finds the `corrections` part by part; yields how much is done, 0 to 1.

    They are in the temporary table `corrections` then. Call inside a transaction.
    """
    statuses, limits = "statuses", dict[str, str]()
    if since and until:
        limits = {"since": f"'{since.isoformat()}'", "until": f"'{until.isoformat()}'"}
        statuses = _candidates(**limits)
    parts = _parts(connection, statuses)
    with working_folder(connection) if parts > 1 else nullcontext() as folder:
        sums = PartialSums(connection, folder, SUMMED, GROUPS)
        for number, chosen in enumerate(split(connection, statuses, parts, folder), 1):
            sums.add(rows_sql("1", **limits, statuses=chosen))
            yield number / parts
        found = corrections(since, until, sums.query)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE corrections AS {found}")
        sums.drop()


def rebuild(connection: duckdb.DuckDBPyConnection) -> None:
    """Corrects all rows by the statuses; call inside a transaction."""
    campaigns.merge(connection)
    campaigns.add(connection)
    for _ in wrong_sums(connection):
        pass
    connection.execute("INSERT INTO rollups BY NAME FROM corrections")
    connection.execute("DROP TABLE corrections")
