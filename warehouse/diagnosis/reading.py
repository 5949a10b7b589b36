"""Reads the counts that a diagnosis needs from the sums, and what explains its findings."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb

from warehouse import metrics
from warehouse.diagnosis.causes import FIELDS, Event, explained
from warehouse.diagnosis.counts import QUARTER, SLOTS, WINDOWS, Counts, span
from warehouse.diagnosis.diagnosis import diagnose
from warehouse.diagnosis.finding import Finding

# Names come from webhooks and can be long; an event's JSON too.
LONGEST, LONGEST_VALUE = 100, 20_000
# An event may have caused what begins this long after it.
BEFORE = timedelta(hours=6)
MOST_EVENTS = 1_000

_BACK = "(epoch_us($end::TIMESTAMPTZ) - epoch_us(time) - 1) // $slot"
# Of former periods only the sums of whole windows.
_STARTS = "CASE " + " ".join(
    f"WHEN place >= {slots} THEN {slots}" for slots in reversed(WINDOWS[:-1])
) + " ELSE 0 END"  # fmt: skip
_NAMES = f"left(source, {LONGEST}) AS source, left(display_phone_number, {LONGEST}) AS number"
_COUNTS = metrics.counts("outcome_counts")

_MESSAGES = f"""
SELECT
    * EXCLUDE (arrived, still_open, failed),
    unnest(['ok', 'open', 'failed']) AS kind,
    unnest([arrived, still_open, failed]) AS messages
FROM (
    SELECT
        period,
        CASE WHEN period = 0 THEN place ELSE {_STARTS} END AS slot,
        source, number, campaign, market, error_code, error_family,
        any_value(error_title) AS error_title,
        any_value(dialect) AS dialect,
        {_COUNTS["delivered"]} AS arrived,
        {_COUNTS["sent"]} + {_COUNTS["no_outcome"]} AS still_open,
        {_COUNTS["failed"]} AS failed
    FROM (
        SELECT
            {_BACK} // {SLOTS} AS period, {_BACK} % {SLOTS} AS place, {_NAMES},
            campaign, market, outcome, error_code, error_family, error_title, dialect, messages
        FROM campaign_counts($from, $end, $step)
    )
    GROUP BY ALL
)
"""
# Messages count from the middle of their step.
_WAITS = f"""
SELECT
    period,
    CASE WHEN period = 0 THEN place ELSE {_STARTS} END AS slot,
    source, number, seconds,
    sum(messages)::BIGINT AS messages,
    coalesce(sum(messages) FILTER (
        epoch_us(time) + $half + seconds * 1_000_000
            > epoch_us($now::TIMESTAMPTZ) - period * $period
    ), 0)::BIGINT AS late
FROM (
    SELECT
        {_BACK} // {SLOTS} AS period, {_BACK} % {SLOTS} AS place, {_NAMES}, time, seconds, messages
    FROM outcome_waits($from, $end, $step)
    WHERE wait = 'deliver'
)
GROUP BY ALL
"""
_EVENTS = f"""
SELECT
    occurred_at, left(display_phone_number, {LONGEST}), field, event,
    left(value, {LONGEST_VALUE})
FROM account_events
WHERE list_contains($fields, field) AND occurred_at >= $from AND received_at >= $from
    AND occurred_at <= $now
ORDER BY occurred_at DESC LIMIT {MOST_EVENTS}
"""
_ADVICE = """
SELECT error_code, family, action FROM error_advice WHERE list_contains($codes, error_code)
"""


def counts(connection: duckdb.DuckDBPyConnection, now: datetime, since: datetime) -> Counts:
    """The counts of the period that has `since`, which ends now, and of the periods before."""
    end, period, before = span(now, since)
    micros = period // timedelta(microseconds=1)
    common = {
        "from": end - (before + 1) * period,
        "end": end,
        "slot": micros // SLOTS,
        "step": QUARTER,
    }
    messages = connection.execute(f"FROM ({_MESSAGES}) WHERE messages > 0", common)
    table = messages.to_arrow_table()
    waits = connection.execute(
        _WAITS,
        common | {"now": now, "half": QUARTER // timedelta(microseconds=2), "period": micros},
    )
    return Counts(now, end, since, period, table, waits.to_arrow_table())


def diagnosed(
    connection: duckdb.DuckDBPyConnection, now: datetime, since: datetime
) -> list[Finding]:
    """What is unusual in the warehouse, with causes and advice. Call inside a transaction."""
    return with_reasons(connection, now, diagnose(counts(connection, now, since)))


def with_reasons(
    connection: duckdb.DuckDBPyConnection, now: datetime, found: list[Finding]
) -> list[Finding]:
    """The findings with likely causes and advice."""
    if not found:
        return []
    since = min(finding.since for finding in found) - BEFORE
    events = connection.execute(
        _EVENTS, {"fields": list(FIELDS), "from": since, "now": now}
    ).fetchall()
    codes = [code.code for finding in found for code in finding.codes if code.code is not None]
    advice = {
        (code, family): action
        for code, family, action in connection.execute(_ADVICE, {"codes": codes}).fetchall()
    }
    return [explained(finding, [Event(*row) for row in events], advice) for finding in found]
