"""What is wrong now, from counts alone: no clock, no warehouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from warehouse.diagnosis.cells import Code, Evidence, summed
from warehouse.diagnosis.counts import Counts
from warehouse.diagnosis.course import Course, course
from warehouse.diagnosis.evidence import USUAL, Slow, failures, quantile, slow, undelivered
from warehouse.diagnosis.expectation import windows
from warehouse.diagnosis.finding import Finding, Kind
from warehouse.diagnosis.scan import Part, past, without, worst
from warehouse.diagnosis.silence import silent

# Of one metric, at most so many incidents are told.
MOST = 5
# Two of one part that begin within this time are one incident.
NEAR = timedelta(hours=2)
# So many periods must be known before anything can be called unusual.
LEAST_PERIODS = 3
# Slow deliveries count if nine of ten took so much longer.
LEAST_SECONDS, LEAST_TIMES = 10.0, 2.0


def periods(counts: Counts) -> int:
    """How many periods before now have messages."""
    found = np.unique(np.asarray(counts.messages["period"], np.int64))
    return int((found > 0).sum())


def diagnose(counts: Counts) -> list[Finding]:
    """All that is unusual, the most certain first; one incident is one finding.

    Without LEAST_PERIODS before now, nothing is.
    """
    if periods(counts) < LEAST_PERIODS or not len(counts.messages):
        return []
    failed = failures(counts)
    found = silent(counts, failed)
    scored: list[tuple[float, Finding]] = []
    for evidence in (failed, undelivered(counts, failed)):
        scored += [
            (part.score, _finding(counts, evidence, part)) for part in _parts(counts, evidence)
        ]
    if len(counts.waits):
        scored += _slow(counts)
    scored.sort(key=lambda each: -each[0])
    found += [finding for _, finding in scored]
    return _merged([each for each in found if not each.until or each.until > counts.since])


def _parts(counts: Counts, evidence: Evidence) -> list[Part]:
    known = windows(evidence, counts.windows)
    parts: list[Part] = []
    while len(parts) < MOST and (part := worst(evidence, known)):
        parts.append(part)
        known = tuple(without(each, part) for each in known)
    return parts


def _finding(counts: Counts, evidence: Evidence, part: Part) -> Finding:
    run = course(evidence, part)
    known, bad = past(evidence, part)
    kind: Kind = "failed" if evidence.metric == "failed" else "undelivered"
    return Finding(
        kind=kind if evidence.metric != "slow" else "slow",
        where=_where(evidence, part),
        since=counts.start_of(run.first),
        until=counts.start_of(run.last) + counts.slot if run.over else None,
        messages=round(run.trials),
        bad=round(run.bad),
        usual=float(bad.sum() / known.sum()) if known.sum() else 0.0,
        codes=_codes(evidence, part, run),
        new_code=part.code is not None and not bad.sum(),
    )


def _where(evidence: Evidence, part: Part) -> dict[str, str | None]:
    cell = evidence.cells[part.cells[0]]
    found: dict[str, str | None] = {}
    for name in ("number", "campaign", "market", "source"):
        if name in part.names:
            at = evidence.dimensions.index(name)
            found[name] = evidence.values[at][cell[at]]
    return found


def _codes(evidence: Evidence, part: Part, run: Course) -> tuple[Code, ...]:
    if part.code is not None:
        return (evidence.codes[part.code],)
    rows = evidence.bad
    only = np.isin(rows.cell, part.cells) & (rows.period == 0) & (rows.code >= 0)
    kept = rows.where(only & (rows.slot <= run.first) & (rows.slot >= run.last))
    found = summed(kept.code, kept.messages, len(evidence.codes))
    total = max(found.sum(), 1)
    return tuple(evidence.codes[at] for at in np.argsort(-found)[:3] if found[at] >= total / 10)


def _slow(counts: Counts) -> list[tuple[float, Finding]]:
    found = []
    deliveries = slow(counts)
    for part in _parts(counts, deliveries.evidence):
        now, usual = _quantiles(deliveries, part)
        if now - usual >= LEAST_SECONDS and now >= LEAST_TIMES * usual:
            finding = _finding(counts, deliveries.evidence, part)
            found.append((part.score, replace(finding, seconds=now, usual_seconds=usual)))
    return found


def _quantiles(deliveries: Slow, part: Part) -> tuple[float, float]:
    """Within how many seconds USUAL of the part was delivered: in its time now, and before."""
    run = course(deliveries.evidence, part)
    rows = deliveries.rows
    own = np.isin(rows.cell, part.cells) & (rows.slot < part.slots)
    now = own & (rows.period == 0) & (rows.slot <= run.first) & (rows.slot >= run.last)
    before = own & (rows.period > 0)
    found, usual = (
        quantile(deliveries.seconds[only], rows.messages[only], USUAL) for only in (now, before)
    )
    return found, usual


def _merged(findings: list[Finding]) -> list[Finding]:
    """One finding for each incident: what is nested and begins at the same time is told once."""
    kept: list[Finding] = []
    for finding in findings:
        same = [at for at, other in enumerate(kept) if _same(finding, other)]
        if not same:
            kept.append(finding)
            continue
        other = kept[same[0]]
        if finding.kind == other.kind == "failed" and finding.where == other.where:
            codes = dict.fromkeys((*other.codes, *finding.codes))
            bad = min(other.bad + finding.bad, other.messages)
            kept[same[0]] = replace(
                other, codes=tuple(codes), bad=bad, since=min(other.since, finding.since)
            )
    return kept


def _same(one: Finding, other: Finding) -> bool:
    nested = one.where.items() <= other.where.items() or other.where.items() <= one.where.items()
    return nested and abs(one.since - other.since) <= NEAR
