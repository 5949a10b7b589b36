"""Compares each series with its limits, and gives one verdict for each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.soak.bounds import Bound, bounds_of
from tests.soak.trend import HOUR, LEAST_POINTS, Series, slope, smooth

# The series of landed rows, with which others are compared.
EVENTS = "rows"
UNJUDGED = (".pid",)
# With fewer landed events after the warm-up, bytes per event are not meaningful.
LEAST_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """One series: its levels at three moments, its slope in units per hour, and its faults.

    `allowed` is the slope that its limits allow; None if the trend is not judged.
    """

    name: str
    start: float
    settled: float
    end: float
    most: float
    slope: float
    allowed: float | None = None
    bound: Bound | None = None
    wrong: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        """The verdict for the table: ok, FAILED or not judged."""
        if self.wrong:
            return "FAILED"
        return "ok" if self.bound else "not judged"


@dataclass(frozen=True, slots=True)
class Terms:
    """How to judge a run: seconds of its warm-up and between two rounds of maintenance.

    `short`: the run is too short for slow cycles.
    """

    warm_up: float
    period: float
    short: bool = False


def judge(series: Mapping[str, Series], terms: Terms) -> list[Verdict]:
    """All verdicts, in the order of the series."""
    landed = series.get(EVENTS, Series.of([])).since(terms.warm_up)
    return [
        _judge(name, one, landed, terms)
        for name, one in series.items()
        if not name.endswith(UNJUDGED)
    ]


def _judge(name: str, series: Series, landed: Series, terms: Terms) -> Verdict:
    after = series.since(terms.warm_up)
    bound = bounds_of(name)
    verdict = Verdict(
        name,
        start=float(series.values[0]),
        settled=after.level_at(0) if len(after) else series.level_at(1),
        end=series.level_at(1),
        most=float(series.values.max()),
        slope=slope(smooth(after, terms.period)),
        allowed=_allowed(bound, after, terms.short),
        bound=bound,
    )
    if bound:
        verdict.wrong.extend(_too_much(bound, verdict, after, landed))
    return verdict


def _allowed(bound: Bound | None, after: Series, short: bool) -> float | None:
    """The largest allowed slope, in units per hour; None if the trend is not judged."""
    if bound is None or bound.flat is None or after.span <= 0:
        return None
    return bound.flat.allowed(after.level, short=short) / after.span * HOUR


def _too_much(bound: Bound, verdict: Verdict, after: Series, landed: Series) -> Iterator[str]:
    """The faults of a series, as texts."""
    if bound.ceiling is not None and verdict.most > bound.ceiling:
        yield f"reached {verdict.most:,.0f}, more than {bound.ceiling:,.0f}"
    if bound.flat and len(after) < LEAST_POINTS:
        yield f"only {len(after)} samples after the warm-up"
    elif verdict.allowed is not None and verdict.slope > verdict.allowed:
        hours = after.span / HOUR
        yield (
            f"rose by {verdict.slope * hours:,.0f} after the warm-up, "
            f"more than {verdict.allowed * hours:,.0f}"
        )
    if bound.per_event is not None and (events := _risen(landed)) >= LEAST_EVENTS:
        each = _risen(after) / events
        if each > bound.per_event:
            yield f"{each:,.0f} per event, more than {bound.per_event:,.0f}"


def _risen(series: Series) -> float:
    return series.level_at(1) - series.level_at(0) if len(series) else 0.0
