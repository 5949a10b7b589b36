"""Finds the segment of the traffic that explains best what is worse than usual.

The expectation-based scan statistic of Kulldorff and Neill: of all segments that are worse, the
one under which the counts are most likely, compared with nothing being wrong. A segment is all
messages with one value of a dimension, or of two. Wider segments dilute what is wrong, narrower
ones miss some of it, so one incident has one best segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from warehouse.diagnosis.cells import Evidence, Floats, Ints, summed
from warehouse.diagnosis.expectation import Window, groups, sums

SEGMENTS: tuple[tuple[str, ...], ...] = (
    (),
    ("number",),
    ("campaign",),
    ("market",),
    ("source",),
    ("number", "campaign"),
    ("number", "market"),
    ("campaign", "market"),
    ("source", "campaign"),
    ("source", "market"),
)
# How many of the best segments are tested by their own past.
TESTED = 40
# The least log-likelihood ratio, after the noise of the segment's own past.
LEAST = 12.0
# What never happened may happen to so many messages. So a wide segment is less likely than a narrow
# one with the same failures.
RAREST = 1e-3
# As many bad messages are never beyond chance.
LEAST_EXPECTED = 0.2
# The least failures of a code that nobody has seen before, and their share.
LEAST_NEW = 8


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is too small to say, however unlikely it is by chance."""

    excess: float  # messages
    share: float  # of the segment's messages
    times: float  # as many as usual


BOUNDS = {
    "failed": Bounds(12, 0.02, 2.0),
    "undelivered": Bounds(15, 0.06, 1.8),
    "slow": Bounds(30, 0.20, 2.0),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """Traffic that is worse than usual; `code` is None for all codes together."""

    names: tuple[str, ...]
    cells: Ints
    code: int | None
    slots: int
    trials: float
    bad: float
    expected: float
    score: float  # how much more likely it is than nothing being wrong (natural log)
    rank: float  # the same, also between segments with few messages

    @property
    def excess(self) -> float:
        return self.bad - self.expected


def worst(evidence: Evidence, windows: tuple[Window, ...]) -> Segment | None:
    """The segment that explains most, if there is one that is beyond chance."""
    found = sorted(_candidates(evidence, windows), key=lambda segment: -segment.rank)
    of_slots = {window.slots: window for window in windows}
    for segment in islice(found, TESTED):
        if _beyond_chance(evidence, segment):
            window = of_slots[segment.slots]
            return _widened(evidence, window, _of_all_codes(window, segment))
    return None


def without(window: Window, segment: Segment) -> Window:
    """The window as if the segment were as usual."""
    bad = window.bad.copy()
    usual = np.minimum(bad, window.expected)
    if segment.code is None:
        bad[segment.cells] = usual[segment.cells]
    else:
        less = bad[segment.cells, segment.code] - usual[segment.cells, segment.code]
        bad[segment.cells, segment.code] -= less
        bad[segment.cells, -1] -= less
    return replace(window, bad=bad)


def likelihood_ratio(bad: Floats, expected: Floats) -> Floats:
    """How much more likely the counts are at their own rate than as expected (natural log)."""
    floor = np.maximum(expected, 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = bad * np.log(bad / floor) + floor - bad
    return np.where(bad > floor, ratio, 0.0)


def _candidates(evidence: Evidence, windows: tuple[Window, ...]) -> Iterator[Segment]:
    bounds = BOUNDS[evidence.metric]
    for names in SEGMENTS:
        if not set(names) <= set(evidence.dimensions):
            continue
        group, count = groups(evidence, names)
        for window in windows:
            trials = summed(group, window.trials, count)
            bad, expected = (sums(group, count, each) for each in (window.bad, window.expected))
            usual = np.maximum(expected, RAREST * trials[:, None])
            rank = likelihood_ratio(bad, usual)
            score = likelihood_ratio(bad, np.maximum(usual, LEAST_EXPECTED))
            excess = bad - expected
            enough = (
                (score >= LEAST)
                & (excess >= np.minimum(bounds.excess, LEAST_NEW))
                & (bad >= bounds.times * expected)
                & (excess >= bounds.share / 2 * trials[:, None])
            )
            for at, code in np.argwhere(enough):
                yield Segment(
                    names,
                    np.flatnonzero(group == at),
                    None if code == len(evidence.codes) else int(code),
                    window.slots,
                    float(trials[at]),
                    float(bad[at, code]),
                    float(expected[at, code]),
                    float(score[at, code]),
                    float(rank[at, code]),
                )


def _beyond_chance(evidence: Evidence, segment: Segment) -> bool:
    """Whether it is worse than the segment's own past, with the noise from day to day."""
    bounds = BOUNDS[evidence.metric]
    trials, bad = past(evidence, segment)
    known = float(trials.sum())
    new = segment.code is not None and bad.sum() == 0 and known > 0
    if segment.excess < (LEAST_NEW if new else bounds.excess):
        return False
    if segment.excess < (bounds.share / 2 if new else bounds.share) * segment.trials:
        return False
    noise = 3.0
    if len(trials) >= 3 and known:
        usual = trials * bad.sum() / known
        noise = max(float(((bad - usual) ** 2 / (usual + 0.5)).sum() / (len(trials) - 1)), 1.0)
        least = trials >= min(20.0, segment.trials / 4)
        # Not once was it nearly as bad.
        if (bad[least] / trials[least] * 1.1 > segment.bad / segment.trials).any():
            return False
    # Few days say little about the noise, and few messages little about the share.
    noise *= (1 + 4 / max(len(trials), 1)) * (1 + segment.trials / (known + 200))
    return segment.score / noise >= LEAST


def past(evidence: Evidence, segment: Segment) -> tuple[Floats, Floats]:
    """The messages and the bad ones of a segment in the same hours of each period before."""
    chosen = np.zeros(len(evidence.cells), np.bool_)
    chosen[segment.cells] = True
    periods = int(evidence.trials.period.max(initial=0))
    found = []
    for rows, code in ((evidence.trials, None), (evidence.bad, segment.code)):
        only = chosen[rows.cell] & (rows.period > 0) & (rows.slot < segment.slots)
        if code is not None:
            only &= rows.code == code
        kept = rows.where(only)
        found.append(summed(kept.period, kept.messages, periods + 1)[1:])
    trials, bad = found
    return trials[trials > 0], bad[trials > 0]


def _of_all_codes(window: Window, segment: Segment) -> Segment:
    """The same segment for all codes if one code is not most of it."""
    if segment.code is None:
        return segment
    bad, expected = (float(each[segment.cells, -1].sum()) for each in (window.bad, window.expected))
    if segment.excess >= 0.75 * (bad - expected):
        return segment
    return replace(segment, code=None, bad=bad, expected=expected)


def _widened(evidence: Evidence, window: Window, segment: Segment) -> Segment:
    """Without the dimensions that are not needed: where the rest of the wider segment is as bad."""
    order = ("source", "market", "campaign", "number")
    for name in sorted(segment.names, key=order.index):
        names = tuple(each for each in segment.names if each != name)
        if not names:
            continue
        group, _ = groups(evidence, names)
        cells = np.flatnonzero(group == group[segment.cells[0]])
        column = -1 if segment.code is None else segment.code
        trials = float(window.trials[cells].sum())
        bad, expected = (float(each[cells, column].sum()) for each in (window.bad, window.expected))
        predicted = segment.excess / segment.trials * (trials - segment.trials)
        others = (bad - expected) - segment.excess
        if predicted < 3 or others > predicted / 2:
            segment = replace(
                segment, names=names, cells=cells, trials=trials, bad=bad, expected=expected
            )
    return segment
