"""Reads the counts that a diagnosis needs from the sums, and what explains its anomalies."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb

from warehouse.diagnosis import sums
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.causes import FIELDS, AccountEvent, explained
from warehouse.diagnosis.counts import Counts, span
from warehouse.diagnosis.diagnosis import diagnose

# An event's JSON can be long.
LONGEST_VALUE = 20_000
# An event may have caused what begins this long after it.
BEFORE = timedelta(hours=6)
MOST_EVENTS = 1_000

_EVENTS = f"""
SELECT
    occurred_at, left(display_phone_number, {sums.LONGEST}), field, event,
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
    start = end - (before + 1) * period
    messages, waits = (
        connection.execute(query).to_arrow_table()
        for query in (sums.messages(start, end, period), sums.waits(start, end, period, now))
    )
    return Counts(now, end, since, period, messages, waits)


def diagnosed(
    connection: duckdb.DuckDBPyConnection, now: datetime, since: datetime
) -> list[Anomaly]:
    """What is unusual in the warehouse, with causes and advice. Call inside a transaction."""
    return with_reasons(connection, now, diagnose(counts(connection, now, since)))


def with_reasons(
    connection: duckdb.DuckDBPyConnection, now: datetime, found: list[Anomaly]
) -> list[Anomaly]:
    """The anomalies with likely causes and advice."""
    if not found:
        return []
    since = min(anomaly.since for anomaly in found) - BEFORE
    events = connection.execute(
        _EVENTS, {"fields": list(FIELDS), "from": since, "now": now}
    ).fetchall()
    codes = [code.code for anomaly in found for code in anomaly.codes if code.code is not None]
    advice = {
        (code, family): action
        for code, family, action in connection.execute(_ADVICE, {"codes": codes}).fetchall()
    }
    return [explained(anomaly, [AccountEvent(*row) for row in events], advice) for anomaly in found]
