"""What is wrong now, from counts alone: no clock, no warehouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from warehouse.diagnosis.anomaly import Anomaly, Kind
from warehouse.diagnosis.cells import Code, Evidence, summed
from warehouse.diagnosis.counts import Counts
from warehouse.diagnosis.course import Course, course
from warehouse.diagnosis.evidence import USUAL, Slow, failures, quantile, slow, undelivered
from warehouse.diagnosis.expectation import windows
from warehouse.diagnosis.scan import Segment, past, without, worst
from warehouse.diagnosis.silence import silent

# Of one metric, at most so many incidents are told.
MOST = 5
# Two of one segment that begin within this time are one incident.
NEAR = timedelta(hours=2)
# So many periods must be known before anything can be called unusual.
LEAST_PERIODS = 3
# Slow deliveries count if nine of ten took so much longer.
LEAST_SECONDS, LEAST_TIMES = 10.0, 2.0


def periods(counts: Counts) -> int:
    """How many periods before now have messages."""
    found = np.unique(np.asarray(counts.messages["period"], np.int64))
    return int((found > 0).sum())


def diagnose(counts: Counts) -> list[Anomaly]:
    """All that is unusual, the most certain first; one incident is one anomaly.

    Without LEAST_PERIODS before now, nothing is.
    """
    if periods(counts) < LEAST_PERIODS or not len(counts.messages):
        return []
    failed = failures(counts)
    found = silent(counts, failed)
    scored: list[tuple[float, Anomaly]] = []
    for evidence in (failed, undelivered(counts, failed)):
        scored += [
            (segment.score, _anomaly(counts, evidence, segment))
            for segment in _segments(counts, evidence)
        ]
    if len(counts.waits):
        scored += _slow(counts)
    scored.sort(key=lambda each: -each[0])
    found += [anomaly for _, anomaly in scored]
    return _merged([each for each in found if not each.until or each.until > counts.since])


def _segments(counts: Counts, evidence: Evidence) -> list[Segment]:
    known = windows(evidence, counts.windows)
    segments: list[Segment] = []
    while len(segments) < MOST and (segment := worst(evidence, known)):
        segments.append(segment)
        known = tuple(without(each, segment) for each in known)
    return segments


def _anomaly(counts: Counts, evidence: Evidence, segment: Segment) -> Anomaly:
    run = course(evidence, segment)
    known, bad = past(evidence, segment)
    kind: Kind = "failed" if evidence.metric == "failed" else "undelivered"
    return Anomaly(
        kind=kind if evidence.metric != "slow" else "slow",
        where=_where(evidence, segment),
        since=counts.start_of(run.first),
        until=counts.start_of(run.last) + counts.slot if run.over else None,
        messages=round(run.trials),
        bad=round(run.bad),
        usual=float(bad.sum() / known.sum()) if known.sum() else 0.0,
        codes=_codes(evidence, segment, run),
        new_code=segment.code is not None and not bad.sum(),
    )


def _where(evidence: Evidence, segment: Segment) -> dict[str, str | None]:
    cell = evidence.cells[segment.cells[0]]
    found: dict[str, str | None] = {}
    for name in ("number", "campaign", "market", "source"):
        if name in segment.names:
            at = evidence.dimensions.index(name)
            found[name] = evidence.values[at][cell[at]]
    return found


def _codes(evidence: Evidence, segment: Segment, run: Course) -> tuple[Code, ...]:
    if segment.code is not None:
        return (evidence.codes[segment.code],)
    rows = evidence.bad
    only = np.isin(rows.cell, segment.cells) & (rows.period == 0) & (rows.code >= 0)
    kept = rows.where(only & (rows.slot <= run.first) & (rows.slot >= run.last))
    found = summed(kept.code, kept.messages, len(evidence.codes))
    total = max(found.sum(), 1)
    return tuple(evidence.codes[at] for at in np.argsort(-found)[:3] if found[at] >= total / 10)


def _slow(counts: Counts) -> list[tuple[float, Anomaly]]:
    found = []
    deliveries = slow(counts)
    for segment in _segments(counts, deliveries.evidence):
        now, usual = _quantiles(deliveries, segment)
        if now - usual >= LEAST_SECONDS and now >= LEAST_TIMES * usual:
            anomaly = _anomaly(counts, deliveries.evidence, segment)
            found.append((segment.score, replace(anomaly, seconds=now, usual_seconds=usual)))
    return found


def _quantiles(deliveries: Slow, segment: Segment) -> tuple[float, float]:
    """Within how many seconds USUAL of the segment was delivered: in its time now, and before."""
    run = course(deliveries.evidence, segment)
    rows = deliveries.rows
    own = np.isin(rows.cell, segment.cells) & (rows.slot < segment.slots)
    now = own & (rows.period == 0) & (rows.slot <= run.first) & (rows.slot >= run.last)
    before = own & (rows.period > 0)
    found, usual = (
        quantile(deliveries.seconds[only], rows.messages[only], USUAL) for only in (now, before)
    )
    return found, usual


def _merged(anomalies: list[Anomaly]) -> list[Anomaly]:
    """One anomaly for each incident: what is nested and begins at the same time is told once."""
    kept: list[Anomaly] = []
    for anomaly in anomalies:
        same = [at for at, other in enumerate(kept) if _same(anomaly, other)]
        if not same:
            kept.append(anomaly)
            continue
        other = kept[same[0]]
        if anomaly.kind == other.kind == "failed" and anomaly.where == other.where:
            codes = dict.fromkeys((*other.codes, *anomaly.codes))
            bad = min(other.bad + anomaly.bad, other.messages)
            kept[same[0]] = replace(
                other, codes=tuple(codes), bad=bad, since=min(other.since, anomaly.since)
            )
    return kept


def _same(one: Anomaly, other: Anomaly) -> bool:
    nested = one.where.items() <= other.where.items() or other.where.items() <= one.where.items()
    return nested and abs(one.since - other.since) <= NEAR
