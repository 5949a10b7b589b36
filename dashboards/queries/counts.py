"""The counts behind most pages, from one small table of grouped messages.

Grouping the statuses by message is the slowest part. It is done once for a page and only for its
time range; all other queries of the page read the few rows of the result.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import duckdb
import pandas as pd

from dashboards.answers import Totals
from dashboards.selection import DAY, Scope

Connection = duckdb.DuckDBPyConnection

NOT_STATED = "not stated"

# Names come from webhooks and can be long: frames keep at most this many characters.
LONGEST = 100


def named(column: str) -> str:
    """A column of names, as far as it is shown, and what stands for none."""
    return f"coalesce(left({column}, {LONGEST}), '{NOT_STATED}')"


NUMBER = named("display_phone_number")
CATEGORY = named("category")
BY_NUMBER = f"(len($numbers) = 0 OR list_contains($numbers, {NUMBER}))"
BY_CATEGORY = f"(len($categories) = 0 OR list_contains($categories, {CATEGORY}))"
BY_SOURCE = "(len($sources) = 0 OR list_contains($sources, source))"

MESSAGES = f"""
FROM outcomes
WHERE first_at >= $from AND first_at < $until AND {BY_NUMBER} AND {BY_CATEGORY} AND {BY_SOURCE}
"""

CUBE = f"""
CREATE OR REPLACE TEMP TABLE cube AS
SELECT
    time_bucket($step, first_at::TIMESTAMP) AS bucket,
    first_at >= $since AS current,
    {NUMBER} AS number,
    {CATEGORY} AS category,
    outcome,
    CASE WHEN outcome = 'failed' THEN dialect END AS dialect,
    CASE WHEN outcome = 'failed' THEN error_code END AS error_code,
    CASE WHEN outcome = 'failed' THEN coalesce(error_family, '{NOT_STATED}') END AS family,
    any_value(CASE WHEN outcome = 'failed' THEN left(error_title, {2 * LONGEST}) END) AS title,
    count(*) AS messages,
    {{waits}}
{MESSAGES}
GROUP BY ALL
"""

# How long messages took, by whole seconds and from two minutes on by steps of 2 %: small enough to
# ask for any percentile of any bar. A later status may be stamped earlier: that is 0.
WAITS = ", ".join(
    f"""
    histogram(
        CASE
            WHEN epoch({until} - sent_at) < 120 THEN greatest(round(epoch({until} - sent_at)), 0)
            ELSE exp(round(ln(epoch({until} - sent_at)) * 50) / 50)
        END
    ) FILTER (sent_at IS NOT NULL AND {until} IS NOT NULL) AS {what}
    """
    for what, until in (("deliver", "delivered_at"), ("read", "read_at"))
)

# Every bar of the range, also where nothing happened.
BUCKETS = """
CREATE OR REPLACE TEMP TABLE buckets AS
SELECT unnest(generate_series(
    time_bucket($step, $since::TIMESTAMP),
    time_bucket($step, $until::TIMESTAMP - INTERVAL 1 MICROSECOND),
    $step
)) AS bucket
"""

COUNTS = """
    coalesce(sum(messages), 0)::BIGINT AS messages,
    coalesce(sum(messages) FILTER (outcome IN ('read', 'delivered')), 0)::BIGINT AS delivered,
    coalesce(sum(messages) FILTER (outcome = 'read'), 0)::BIGINT AS read,
    coalesce(sum(messages) FILTER (outcome = 'sent'), 0)::BIGINT AS open,
    coalesce(sum(messages) FILTER (outcome = 'no_outcome'), 0)::BIGINT AS no_outcome,
    coalesce(sum(messages) FILTER (outcome = 'failed'), 0)::BIGINT AS failed
"""


def count(
    connection: Connection, scope: Scope, *, compare: bool = False, waits: bool = False
) -> None:
    """Fills `cube` and `buckets`; with `compare` also with the period before.

    With `waits`, `cube` also holds how long messages took, as histograms `deliver` and `read`.
    """
    since = {"since": scope.since, "step": scope.step}
    narrow(connection, scope.before if compare else scope.since, scope.until)
    connection.execute(
        CUBE.format(waits=WAITS if waits else ""), filters(scope, compare=compare) | since
    )
    connection.execute(BUCKETS, since | {"until": scope.until})


def narrow(connection: Connection, since: datetime, until: datetime) -> None:
    """Has the views read no more than messages of this time need."""
    connection.execute("SET VARIABLE bluetick_since = $since", {"since": since})
    connection.execute("SET VARIABLE bluetick_until = $until", {"until": until})


def narrow_to_days(
    connection: Connection,
    scope: Scope,
    *,
    lead: timedelta,
    trail: timedelta = timedelta(),
) -> dict[str, Any]:
    """The same for whole days; returns the first and the last one, both included.

    What began up to `lead` earlier may still matter on the first day, and what begins up to
    `trail` later may belong to the last one.
    """
    first, last = (datetime.combine(day, time(), UTC) for day in (scope.first_day, scope.last_day))
    narrow(connection, first - lead, last + DAY + trail)
    return {"first": scope.first_day, "last": scope.last_day}


def totals(connection: Connection, *, current: bool) -> Totals:
    return Totals(
        *row(connection, f"SELECT {COUNTS} FROM cube WHERE current = $now", {"now": current})
    )


def groups(connection: Connection, *by: str) -> pd.DataFrame:
    """Counts by some of the cube's columns, with the messages of every bar as `trend`."""
    names = ", ".join(by)
    return connection.execute(
        f"""
        WITH bars AS (
            SELECT {names}, bucket, sum(messages) AS height FROM cube WHERE current GROUP BY ALL
        ), trends AS (
            SELECT {names}, list(coalesce(height, 0)::DOUBLE ORDER BY bucket) AS trend
            FROM (SELECT DISTINCT {names} FROM bars) CROSS JOIN buckets
            LEFT JOIN bars USING ({names}, bucket) GROUP BY ALL
        )
        SELECT {names}, {COUNTS}, any_value(trend) AS trend
        FROM (FROM cube WHERE current) JOIN trends USING ({names})
        GROUP BY {names} ORDER BY messages DESC, {names}
        """
    ).df()


def filters(scope: Scope, *, compare: bool = False) -> dict[str, Any]:
    return when(scope, compare=compare) | {
        "numbers": list(scope.choice.numbers),
        "categories": list(scope.choice.categories),
        "sources": list(scope.choice.sources),
    }


def when(scope: Scope, *, compare: bool = False) -> dict[str, Any]:
    return {"from": scope.before if compare else scope.since, "until": scope.until}


def row(connection: Connection, sql: str, params: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """The one row of an aggregate without groups."""
    (found,) = connection.execute(sql, params or {}).fetchall()
    return tuple(found)
