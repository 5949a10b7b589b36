"""The counts behind most pages, in one small table.

The sums of the page's time range are read once; all other queries of the page read the few rows
of the result.
"""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from dashboards.answers import Totals
from dashboards.queries.filters import (
    CATEGORY,
    LONGEST,
    NOT_STATED,
    NUMBER,
    OF_CAMPAIGNS,
    OF_OUTCOMES,
    OUTCOME,
    Connection,
    chosen,
    keep_footers,
    measured,
    span,
    where,
)
from dashboards.selection import DAY, Choice, Selection
from warehouse import metrics

# Ranges begin at midnight where a bar is longer than a day, so days fall into one period each.
_CUBE = f"""
CREATE OR REPLACE TEMP TABLE cube AS
SELECT
    time_bucket($step, time::TIMESTAMP) AS bucket,
    time::TIMESTAMP AS time,
    time >= $since AS current,
    {NUMBER} AS number,
    {CATEGORY} AS category,
    {OUTCOME} AS outcome,
    dialect,
    error_code,
    CASE WHEN outcome = 'failed' THEN coalesce(error_family, '{NOT_STATED}') END AS family,
    left(error_title, {2 * LONGEST}) AS title,
    messages
FROM
"""

# Every bar of the range, also where nothing happened; none of the times that clocks leave out.
_BUCKETS = """
CREATE OR REPLACE TEMP TABLE buckets AS
SELECT bucket
FROM (
    SELECT unnest(generate_series($first::TIMESTAMP, $last::TIMESTAMP, $step)) AS bucket,
        bucket + $step - INTERVAL 1 MICROSECOND AS ending
)
WHERE bucket::TIMESTAMPTZ::TIMESTAMP = bucket OR ending::TIMESTAMPTZ::TIMESTAMP = ending
"""

# The metrics of messages, over `cube`.
COUNTS = ", ".join(f"{sql} AS {name}" for name, sql in metrics.counts("outcome_counts").items())


def count(
    connection: Connection, selection: Selection, *, compare: bool = False, fine: timedelta = DAY
) -> None:
    """Fills `cube` and `buckets`; with `compare` also with the period before.

    `time` in the cube is at most as coarse as `fine`: more rows, for what is shown by it.
    """
    keep_footers(connection)
    since = {"since": selection.since, "step": selection.step}
    view, names = sums_for(selection.choice)
    connection.execute(
        f"{_CUBE} {view}($from, $until, $fine) WHERE {where(*names)}",
        since
        | {"fine": min(selection.step, fine)}
        | span(selection, compare=compare)
        | chosen(selection, *names, "codes"),
    )
    first, last = selection.bars(selection.step)
    connection.execute(_BUCKETS, {"first": first, "last": last, "step": selection.step})


def sums_for(choice: Choice) -> tuple[str, tuple[str, ...]]:
    """The view whose sums can answer for a choice, and the filters that it honours.

    The sums by campaign and market have many more rows: only where they are needed.
    """
    if choice.by_campaign:
        return "campaign_counts", OF_CAMPAIGNS
    return "outcome_counts", OF_OUTCOMES


def totals(connection: Connection, *, current: bool) -> Totals:
    """The metrics of this period, or of the one before."""
    source = "cube WHERE current = $now"
    return Totals(**measured(connection, "outcome_counts", source, {"now": current}))


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
