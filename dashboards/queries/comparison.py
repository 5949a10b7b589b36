"""The period before, as it stood when its messages were as old as those of this period are now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd

from dashboards.answers import Before
from dashboards.queries.cube import COUNTS, count, totals
from dashboards.queries.filters import (
    OF_OUTCOMES,
    Connection,
    chosen,
    row,
    where,
)
from dashboards.selection import DAY, MINUTE, Selection

# The warehouse covers a period if it has messages from this time before it. Where a number or a
# source began to send within the period, a change would only say that it began.
LOOK_BACK = timedelta(days=35)
# It mostly has messages of the last day before it, which are found sooner.
LATELY = DAY
# Messages that were delivered or read later than this after they were sent are too few to count.
LATE = timedelta(days=2)
FILTERS = where(*OF_OUTCOMES)
_COVERED = f"SELECT count(*) > 0 FROM dimensions($covered_from, $covered_until) WHERE {FILTERS}"


def period_before(connection: Connection, selection: Selection) -> Before:
    """The metrics of the period before; `cube` must have it."""
    as_it_is = totals(connection, current=False)
    if selection.choice.by_campaign:
        return Before(as_it_is, covers(connection, selection, selection.before), timed=False)
    covered, deliveries, reads = _lately_and_later(connection, selection)
    as_it_was = replace(
        as_it_is,
        delivered=as_it_is.delivered - deliveries,
        read=as_it_is.read - reads,
        sent=as_it_is.sent + deliveries,
    )
    covered = covered or _covered(connection, selection, selection.before, LOOK_BACK)
    return Before(as_it_was, covered)


def series_before(connection: Connection, selection: Selection) -> pd.DataFrame | None:
    """Counts of the period before, at the times of this one: bucket, counts; as they are now.

    None if the warehouse does not cover all of that period.
    """
    since, until = selection.shifted
    if not covers(connection, selection, since):
        return None
    count(connection, replace(selection, since=since, until=until))
    return connection.execute(
        f"SELECT buckets.bucket + $shift AS bucket, {COUNTS} "
        "FROM buckets LEFT JOIN cube USING (bucket) GROUP BY buckets.bucket ORDER BY ALL",
        {"shift": selection.shift},
    ).df()


def _lately_and_later(connection: Connection, selection: Selection) -> tuple[bool, int, int]:
    """Whether there are messages from LATELY before the period, and how many of its messages were
    delivered, and how many read, after `selection.as_of`.

    Messages count from the middle of their step.
    """
    since = max(selection.before, selection.since - LATE)
    covered, deliveries, reads = row(
        connection,
        # One statement: what both parts read of the sums is read once.
        f"""
        SELECT
            ({_COVERED}),
            coalesce(sum(messages) FILTER (wait = 'deliver'), 0)::BIGINT,
            coalesce(sum(messages) FILTER (wait = 'read'), 0)::BIGINT
        FROM wait_rows($from, $until, $fine, $as_of)
        WHERE {FILTERS}
        """,
        {
            "from": since,
            "until": selection.since,
            "fine": max(selection.step / 10, MINUTE),
            "as_of": selection.as_of,
            "covered_from": selection.before - LATELY,
            "covered_until": selection.before,
        }
        | chosen(selection, *OF_OUTCOMES),
    )
    return bool(covered), int(deliveries), int(reads)


def covers(connection: Connection, selection: Selection, since: datetime) -> bool:
    """Whether the warehouse holds the chosen traffic from a time on."""
    return any(_covered(connection, selection, since, back) for back in (LATELY, LOOK_BACK))


def _covered(
    connection: Connection, selection: Selection, since: datetime, look_back: timedelta
) -> bool:
    params = {"covered_from": since - look_back, "covered_until": since}
    (found,) = row(connection, f"SELECT ({_COVERED})", params | chosen(selection, *OF_OUTCOMES))
    return bool(found)
