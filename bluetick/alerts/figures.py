"""The figures of all rules at one moment, read from the sums of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from settings.alerts import COUNTS, Rule
from warehouse import metrics
from warehouse.connection import Location, connect
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.counts import DAY
from warehouse.diagnosis.reading import diagnosed
from warehouse.transaction import roll_back

# Messages of the last minutes are still on their way, which says nothing about a provider.
DELAYS = {name: timedelta(minutes=15) for name in ("delivery_rate", "read_rate")}
SHARE = 0.9
RECENT = timedelta(hours=1)
THREADS = 2
_COLUMNS = {
    "source": "source", "number": "display_phone_number", "campaign": "campaign",
    "market": "market",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a metric, in its unit, and of how many messages; None if there is none."""

    value: float | None
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known at one moment: a figure for each rule with a metric, and the anomalies.

    `anomalies` is None if they are not known.
    """

    by_rule: dict[str, Figure]
    anomalies: tuple[Anomaly, ...] | None = ()


def read(location: Location, rules: tuple[Rule, ...], now: datetime) -> Figures:
    """The figures of the rules. Raises WarehouseError, Busy and duckdb.Error."""
    connection = connect(location, read_only=True, threads=THREADS)
    try:
        # One transaction reads one snapshot.
        connection.execute("BEGIN")
        figures = {rule.name: _figure(connection, rule, now) for rule in rules if rule.metric}
        wanted = any(rule.anomaly for rule in rules)
        anomalies = diagnosed(connection, now, now - DAY) if wanted else []
    finally:
        roll_back(connection)
        connection.close()
    return Figures(figures, tuple(anomalies))


def _figure(connection: duckdb.DuckDBPyConnection, rule: Rule, now: datetime) -> Figure:
    if rule.metric == "unreadable":
        return Figure(0.0)
    if rule.metric == "freshness":
        return Figure(_silence(connection, now))
    if rule.metric == "p90_wait":
        return _wait(connection, rule, now)
    relation = "campaign_counts" if rule.where.keys() & {"campaign", "market"} else "outcome_counts"
    sql = (
        f"SELECT {rule.metric}, messages FROM (SELECT {metrics.columns('outcome_counts')} "
        f"FROM {relation}($from, $until) WHERE {_chosen(rule)})"
    )
    ((value, messages),) = connection.execute(sql, _values(rule, now)).fetchall()
    # Without messages, a share has no value.
    return Figure(float(value) if messages or rule.metric in COUNTS else None, messages)


def _wait(connection: duckdb.DuckDBPyConnection, rule: Rule, now: datetime) -> Figure:
    """Within how many seconds SHARE of the deliveries were made."""
    sql = (
        "SELECT seconds, sum(messages)::BIGINT FROM outcome_waits($from, $until) "
        f"WHERE wait = 'deliver' AND {_chosen(rule)} GROUP BY ALL ORDER BY ALL"
    )
    rows = connection.execute(sql, _values(rule, now)).fetchall()
    total, so_far = sum(messages for _, messages in rows), 0
    for seconds, messages in rows:
        so_far += messages
        if so_far >= SHARE * total:
            return Figure(float(seconds), total)
    return Figure(None)


def _silence(connection: duckdb.DuckDBPyConnection, now: datetime) -> float | None:
    """Seconds since the newest event was received; None if there never was one."""
    for since in (now - RECENT, None):  # the last files first, which is fast
        ((newest,),) = connection.execute(
            "SELECT received_at FROM freshness($since)", {"since": since}
        ).fetchall()
        if newest:
            return float(max((now - newest).total_seconds(), 0.0))
    return None


def _chosen(rule: Rule) -> str:
    return " AND ".join([f"{_COLUMNS[name]} = ${name}" for name in rule.where] or ["true"])


def _values(rule: Rule, now: datetime) -> dict[str, Any]:
    until = now - DELAYS.get(str(rule.metric), timedelta())
    return {"from": until - rule.window, "until": until, **rule.where}
