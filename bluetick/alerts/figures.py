"""The figures of all rules at one moment, read from the sums of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import duckdb

from dashboards.queries import freshness
from dashboards.selection import floor
from settings.alerts import BY_AGE, COUNTS, QUARTER, SHARES, Rule
from warehouse import metrics
from warehouse.connection import Location
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.counts import DAY
from warehouse.diagnosis.reading import diagnosed
from warehouse.metrics import METRICS
from warehouse.snapshot import snapshot

# Messages of the last minutes are still on their way, which says nothing about a provider.
DELAYS = {name: timedelta(minutes=15) for name in ("delivery_rate", "read_rate")}
SHARE = 0.9
WEEK = timedelta(days=7)
PARTS = ("delivered", "read", "failed")
THREADS = 2
_COLUMNS = {
    "source": "source", "number": "display_phone_number", "campaign": "campaign",
    "market": "market",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a metric, in its unit, and of how many messages; None if there is none.

    `past` are those of the same hours of past weeks, for a rule that compares with them.
    """

    value: float | None
    messages: int = 0
    past: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known at one moment: a figure for each rule with a metric, and the anomalies.

    `anomalies` is None if they are not known.
    """

    by_rule: dict[str, Figure]
    anomalies: tuple[Anomaly, ...] | None = ()


def read(location: Location, rules: tuple[Rule, ...], now: datetime) -> Figures:
    """The figures of the rules. Raises WarehouseError, Busy and duckdb.Error."""
    with snapshot(location, threads=THREADS) as connection:
        figures = {rule.name: _figure(connection, rule, now) for rule in rules if rule.metric}
        wanted = any(rule.anomaly for rule in rules)
        anomalies = diagnosed(connection, now, now - DAY) if wanted else []
    return Figures(figures, tuple(anomalies))


def _figure(connection: duckdb.DuckDBPyConnection, rule: Rule, now: datetime) -> Figure:
    if rule.metric == "unreadable":
        return Figure(0.0)
    if rule.metric == "freshness":
        return Figure(_silence(connection, now))
    if rule.differs is not None:
        moments = [now - weeks * WEEK for weeks in range(rule.weeks + 1)]
        found, *past = [_known_at(connection, rule, moment) for moment in moments]
        return replace(found, past=tuple(past))
    if rule.metric == "p90_wait":
        return _wait(connection, rule, now)
    sql = (
        f"SELECT {rule.metric}, messages FROM (SELECT {metrics.columns('outcome_counts')} "
        f"FROM {_relation(rule)}($from, $until) WHERE {_chosen(rule)})"
    )
    ((value, messages),) = connection.execute(sql, _values(rule, now)).fetchall()
    # Without messages, a share has no value.
    return Figure(float(value) if messages or rule.metric in COUNTS else None, messages)


def _known_at(connection: duckdb.DuckDBPyConnection, rule: Rule, at: datetime) -> Figure:
    """The figure as it was at a moment, so that past weeks are as old as this one is now.

    The window ends with a full quarter of an hour, because older sums are not finer. Messages count
    from the middle of their quarter.
    """
    values = _values(rule, floor(at, QUARTER)) | {"at": at}
    known = f"time + INTERVAL 450 SECONDS + to_seconds(seconds) <= $at AND {_chosen(rule)}"
    if rule.metric == "p90_wait":
        return _quantile(connection, known, values)
    del values["at"]
    relation = _relation(rule)
    counts = ", ".join(metrics.counts("outcome_counts")[name] for name in (*PARTS, "messages"))
    sql = f"SELECT {counts} FROM {relation}($from, $until) WHERE {_chosen(rule)}"
    ((*parts, messages),) = connection.execute(sql, values).fetchall()
    name = str(rule.metric)
    if name not in SHARES:
        return Figure(float(messages if name == "messages" else parts[PARTS.index(name)]), messages)
    part = parts[PARTS.index(METRICS[name].part)]
    if name in BY_AGE:
        late = f"wait = $wait AND NOT ({known})"
        wait = "read" if name == "read_rate" else "deliver"
        sql = (
            "SELECT coalesce(sum(messages), 0)::BIGINT FROM outcome_waits($from, $until) "
            f"WHERE {_chosen(rule)} AND {late}"
        )
        ((later,),) = connection.execute(sql, values | {"at": at, "wait": wait}).fetchall()
        part -= later
    return Figure(part / messages if messages else None, messages)


def _wait(connection: duckdb.DuckDBPyConnection, rule: Rule, now: datetime) -> Figure:
    """Within how many seconds SHARE of the deliveries were made."""
    return _quantile(connection, _chosen(rule), _values(rule, now))


def _quantile(connection: duckdb.DuckDBPyConnection, where: str, values: dict[str, Any]) -> Figure:
    sql = (
        "SELECT seconds, sum(messages)::BIGINT FROM outcome_waits($from, $until) "
        f"WHERE wait = 'deliver' AND {where} GROUP BY ALL ORDER BY ALL"
    )
    rows = connection.execute(sql, values).fetchall()
    total, so_far = sum(messages for _, messages in rows), 0
    for seconds, messages in rows:
        so_far += messages
        if so_far >= SHARE * total:
            return Figure(float(seconds), total)
    return Figure(None)


def _silence(connection: duckdb.DuckDBPyConnection, now: datetime) -> float | None:
    """Seconds since the newest event was received; None if there never was one."""
    newest = freshness(connection).received_at
    return max((now - newest).total_seconds(), 0.0) if newest else None


def _relation(rule: Rule) -> str:
    return "campaign_counts" if rule.where.keys() & {"campaign", "market"} else "outcome_counts"


def _chosen(rule: Rule) -> str:
    return " AND ".join([f"{_COLUMNS[name]} = ${name}" for name in rule.where] or ["true"])


def _values(rule: Rule, now: datetime) -> dict[str, Any]:
    until = now - DELAYS.get(str(rule.metric), timedelta())
    return {"from": until - rule.window, "until": until, **rule.where}
