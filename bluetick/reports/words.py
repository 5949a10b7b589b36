"""A report as text and as JSON. Names in it come from webhooks; it has no recipients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bluetick.reports.figures import Figures
from bluetick.reports.period import Period
from dashboards.components import diagnosis_words, formats
from settings.reports import Report
from warehouse.metrics import METRICS

RATES = ("delivery_rate", "read_rate", "failure_rate")
CODES = 5


def text(report: Report, period: Period, figures: Figures, now: datetime) -> str:
    """The report in lines."""
    return "\n".join(_lines(report, period, figures, now))


def _lines(report: Report, period: Period, figures: Figures, now: datetime) -> Iterator[str]:
    yield f"{report.name}: {_days(period)} ({report.zone})"
    overview = figures.overview
    if overview.empty:
        yield "No messages."
    else:
        yield from _figures(figures)
    yield from _codes(figures)
    yield from _incidents(figures, now)


def _figures(figures: Figures) -> Iterator[str]:
    now, before = figures.overview.now, figures.overview.before.comparable(figures.overview.now)
    change = formats.change(now.messages, before.messages) if before else None
    yield f"Messages: {formats.count(now.messages)}{_beside(change)}"
    for name in RATES:
        metric = METRICS[name]
        share = now.share(metric)
        points = formats.points(share, before.share(metric)) if before else None
        part = formats.count(getattr(now, metric.part))
        yield f"{metric.title}: {formats.percent(share)}, {part} messages{_beside(points)}"
    yield (
        f"No outcome: {formats.count(now.no_outcome)}. Still open: {formats.count(now.sent)}. "
        f"Dead letters: {formats.count(figures.overview.dead_letters)}."
    )
    yield (
        "In brackets: the change to the period before, when its messages were as old."
        if before
        else "There is no comparison: the period before has too few messages, or is not complete."
    )


def _codes(figures: Figures) -> Iterator[str]:
    if figures.codes.empty:
        return
    yield ""
    yield "Most frequent failures:"
    compared = figures.overview.before.comparable(figures.overview.now) is not None
    for row in figures.codes.head(CODES).to_dict("records"):
        code = "no code" if row["error_code"] != row["error_code"] else f"{row['error_code']:.0f}"
        before = _beside(f"{formats.count(row['before'])} before") if compared else ""
        share = f"{formats.count(row['messages'])}, {formats.percent(row['share'])} of all failures"
        yield f"- {code} ({row['title']}): {share}{before}. {row['action']}".rstrip()


def _incidents(figures: Figures, now: datetime) -> Iterator[str]:
    yield ""
    if not figures.anomalies:
        yield "Incidents: none."
        return
    yield "Incidents:"
    for anomaly in figures.anomalies:
        yield f"- {diagnosis_words.sentence(anomaly, now)}"
        if cause := diagnosis_words.cause(anomaly, now):
            yield f"  {cause}"
        if anomaly.advice:
            yield f"  What to do: {anomaly.advice}"


def as_json(period: Period, figures: Figures) -> dict[str, Any]:
    """The same for programs, in types of JSON. Shares are 0 to 1."""
    overview = figures.overview
    before = overview.before.comparable(overview.now)
    names = ("messages", "delivered", "read", "failed", "sent", "no_outcome")
    return {
        "from": period.since.isoformat(),
        "until": period.until.isoformat(),
        "now": {name: getattr(overview.now, name) for name in names}
        | {name: overview.now.share(METRICS[name]) for name in RATES},
        "before": {name: getattr(before, name) for name in names} if before else None,
        "dead_letters": overview.dead_letters,
        "codes": [
            {
                "code": None if row["error_code"] != row["error_code"] else int(row["error_code"]),
                "title": str(row["title"]),
                "messages": int(row["messages"]),
                "before": int(row["before"]) if before else None,
                "advice": str(row["action"]) or None,
            }
            for row in figures.codes.head(CODES).to_dict("records")
        ],
        "anomalies": [anomaly.as_json() for anomaly in figures.anomalies],
    }


def _days(period: Period) -> str:
    if period.first == period.last:
        return f"{period.first:%A, %-d %b %Y}"
    return f"{period.first:%-d %b} – {period.last:%-d %b %Y}"


def _beside(change: str | None) -> str:
    return f" ({change})" if change else ""
