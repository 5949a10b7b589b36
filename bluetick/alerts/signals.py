"""What each rule says about figures: bad, good, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from bluetick.alerts.deviation import deviation
from bluetick.alerts.figures import Figure, Figures
from dashboards.components import diagnosis_words, formats
from settings.alerts import SECONDS, SHARES, Rule
from warehouse.diagnosis.anomaly import Anomaly

# A figure must come back across the limit by this share of it before it is good again.
MARGIN = 0.1
TITLES = {
    "failure_rate": "failure rate", "delivery_rate": "delivery rate", "read_rate": "read rate",
    "messages": "messages", "delivered": "delivered messages", "failed": "failed messages",
    "no_outcome": "messages without an outcome",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signal:
    """What a rule sees. Neither `bad` nor `good`: close to the limit, or too few messages.

    `key` tells the incidents of one rule apart.
    """

    key: str
    bad: bool
    good: bool
    since: datetime
    sentence: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def signals(rule: Rule, figures: Figures, now: datetime) -> list[Signal]:
    """The signals of a rule. What an anomaly rule does not find is good."""
    if rule.anomaly:
        return [_of_anomaly(each, now) for each in figures.anomalies or () if not each.until]
    figure = figures.by_rule.get(rule.name, Figure(None))
    if rule.differs is not None:
        return [_of_deviation(rule, figure, now)]
    if figure.value is None or figure.messages < rule.enough:
        return [Signal("", bad=False, good=False, since=now)]
    return [_of_figure(rule, figure.value, figure.messages, now)]


def unread(rules: tuple[Rule, ...], gone: timedelta) -> Figures:
    """What is known if the warehouse could last be read so long ago."""
    seconds = Figure(gone.total_seconds())
    return Figures({rule.name: seconds for rule in rules if rule.metric == "unreadable"}, None)


def _of_anomaly(anomaly: Anomaly, now: datetime) -> Signal:
    lines = [diagnosis_words.sentence(anomaly, now), diagnosis_words.cause(anomaly, now)]
    if anomaly.advice:
        lines.append(f"What to do: {anomaly.advice}")
    where = orjson.dumps(anomaly.where, option=orjson.OPT_SORT_KEYS).decode()
    key = f"{anomaly.kind} {where}"
    text = " ".join(line for line in lines if line)
    return Signal(key, True, False, anomaly.since, text, anomaly.as_json())


def _of_figure(rule: Rule, value: float, messages: int, now: datetime) -> Signal:
    bad = value > rule.limit if rule.below is None else value < rule.limit
    details = {"metric": rule.metric, "value": value, "limit": rule.limit, "messages": messages}
    return Signal(
        "",
        bad,
        _good(rule, value),
        now,
        _sentence(rule, value, messages),
        details | {"where": rule.where},
    )


def _of_deviation(rule: Rule, figure: Figure, now: datetime) -> Signal:
    found = deviation(rule, figure)
    if found is None or figure.value is None:
        return Signal("", bad=False, good=False, since=now)
    limit = rule.limit
    details = {"metric": rule.metric, "value": figure.value, "usual": found.usual, "limit": limit}
    window = formats.duration(rule.window.total_seconds())
    shown, usual = shown_value(rule, figure.value), shown_value(rule, found.usual)
    of = _of(figure.messages) if rule.metric in SHARES or rule.metric == "p90_wait" else ""
    place = f"{_place(rule.where)} in {window}{of}"
    sentence = (
        f"{rule.name}: {_what(rule, shown)}{place}, usually {usual} in these hours "
        f"({found.weeks} weeks)."
    )
    return Signal(
        "",
        found.worse > limit and found.certain,
        found.worse <= limit * (1 - MARGIN),
        now,
        sentence,
        details | {"messages": figure.messages, "weeks": found.weeks, "where": rule.where},
    )


def _what(rule: Rule, shown: str) -> str:
    if rule.metric == "p90_wait":
        return f"90% of deliveries took up to {shown}"
    return f"{TITLES[str(rule.metric)]} {shown}"


def _good(rule: Rule, value: float) -> bool:
    """Whether the value is clearly on the good side of the limit.

    Near its end a share has less room: 0.95 is good again from 0.955 on.
    """
    room = min(rule.limit, 1 - rule.limit) if rule.metric in SHARES else rule.limit
    margin = MARGIN * room
    return value <= rule.limit - margin if rule.below is None else value >= rule.limit + margin


def _sentence(rule: Rule, value: float, messages: int) -> str:
    side = "above" if rule.below is None else "below"
    shown, limit = shown_value(rule, value), shown_value(rule, rule.limit)
    if rule.metric == "freshness":
        return f"{rule.name}: nothing received for {shown}, the limit is {limit}."
    if rule.metric == "unreadable":
        return f"{rule.name}: the warehouse could not be read for {shown}, the limit is {limit}."
    place = _place(rule.where)
    window = formats.duration(rule.window.total_seconds())
    of = "" if rule.metric in TITLES and rule.metric not in SHARES else _of(messages)
    return f"{rule.name}: {_what(rule, shown)}{place} in the last {window}{of}, {side} {limit}."


def _of(messages: int) -> str:
    return f" (of {formats.count(messages)} messages)"


def _place(where: dict[str, str]) -> str:
    parts = [
        f"{name} {formats.number(value) if name == 'number' else value}"
        for name, value in where.items()
    ]
    return f" for {', '.join(parts)}" if parts else ""


def shown_value(rule: Rule, value: float) -> str:
    """A value of the rule's metric, as people read it."""
    if rule.metric in SHARES:
        return formats.percent(value)
    return formats.duration(value) if rule.metric in SECONDS else formats.count(value)


def same_incident(key: str, keys: Sequence[str]) -> str | None:
    """The key among these of the same kind in a wider or narrower part of the traffic."""
    kind, _, where = key.partition(" ")
    own = orjson.loads(where or "{}").items()
    for other in keys:
        other_kind, _, other_where = other.partition(" ")
        others = orjson.loads(other_where or "{}").items()
        if kind == other_kind and (own <= others or others <= own):
            return other
    return None
