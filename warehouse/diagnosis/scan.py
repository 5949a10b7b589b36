"""Finds the part of the traffic that explains best what is worse than usual.

The expectation-based scan statistic of Kulldorff and Neill: of all parts that are worse, the one
under which the counts are most likely, compared with nothing being wrong. A part is all messages
with one value of a dimension, or of two. Wider parts dilute what is wrong, narrower ones miss some
of it, so one incident has one best part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from warehouse.diagnosis.cells import Evidence, Floats, Ints, summed
from warehouse.diagnosis.expectation import Window, groups, sums

PARTS: tuple[tuple[str, ...], ...] = (
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
# How many of the best parts are tested by their own past.
TESTED = 40
# The least log-likelihood ratio, after the noise of the part's own past.
LEAST = 12.0
# What never happened may happen to so many messages. So a wide part is less likely than a narrow
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
    share: float  # of the part's messages
    times: float  # as many as usual


BOUNDS = {
    "failed": Bounds(12, 0.02, 2.0),
    "undelivered": Bounds(15, 0.06, 1.8),
    "slow": Bounds(30, 0.20, 2.0),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the traffic that is worse than usual; `code` is None for all codes together."""

    names: tuple[str, ...]
    cells: Ints
    code: int | None
    slots: int
    trials: float
    bad: float
    expected: float
    score: float  # how much more likely it is than nothing being wrong (natural log)
    rank: float  # the same, also between parts with few messages

    @property
    def excess(self) -> float:
        return self.bad - self.expected


def worst(evidence: Evidence, windows: tuple[Window, ...]) -> Part | None:
    """The part that explains most, if there is one that is beyond chance."""
    found = sorted(_candidates(evidence, windows), key=lambda part: -part.rank)
    of_slots = {window.slots: window for window in windows}
    for part in islice(found, TESTED):
        if _beyond_chance(evidence, part):
            window = of_slots[part.slots]
            return _widened(evidence, window, _of_all_codes(window, part))
    return None


def without(window: Window, part: Part) -> Window:
    """The window as if the part were as usual."""
    bad = window.bad.copy()
    usual = np.minimum(bad, window.expected)
    if part.code is None:
        bad[part.cells] = usual[part.cells]
    else:
        less = bad[part.cells, part.code] - usual[part.cells, part.code]
        bad[part.cells, part.code] -= less
        bad[part.cells, -1] -= less
    return replace(window, bad=bad)


def likelihood_ratio(bad: Floats, expected: Floats) -> Floats:
    """How much more likely the counts are at their own rate than as expected (natural log)."""
    floor = np.maximum(expected, 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = bad * np.log(bad / floor) + floor - bad
    return np.where(bad > floor, ratio, 0.0)


def _candidates(evidence: Evidence, windows: tuple[Window, ...]) -> Iterator[Part]:
    bounds = BOUNDS[evidence.metric]
    for names in PARTS:
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
                yield Part(
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


def _beyond_chance(evidence: Evidence, part: Part) -> bool:
    """Whether the part is worse than its own past, with the noise that it had from day to day."""
    bounds = BOUNDS[evidence.metric]
    trials, bad = past(evidence, part)
    known = float(trials.sum())
    new = part.code is not None and bad.sum() == 0 and known > 0
    if part.excess < (LEAST_NEW if new else bounds.excess):
        return False
    if part.excess < (bounds.share / 2 if new else bounds.share) * part.trials:
        return False
    noise = 3.0
    if len(trials) >= 3 and known:
        usual = trials * bad.sum() / known
        noise = max(float(((bad - usual) ** 2 / (usual + 0.5)).sum() / (len(trials) - 1)), 1.0)
        least = trials >= min(20.0, part.trials / 4)
        # Not once was it nearly as bad.
        if (bad[least] / trials[least] * 1.1 > part.bad / part.trials).any():
            return False
    # Few days say little about the noise, and few messages little about the share.
    noise *= (1 + 4 / max(len(trials), 1)) * (1 + part.trials / (known + 200))
    return part.score / noise >= LEAST


def past(evidence: Evidence, part: Part) -> tuple[Floats, Floats]:
    """The messages and the bad ones of a part in the same hours of each period before."""
    chosen = np.zeros(len(evidence.cells), np.bool_)
    chosen[part.cells] = True
    periods = int(evidence.trials.period.max(initial=0))
    found = []
    for rows, code in ((evidence.trials, None), (evidence.bad, part.code)):
        only = chosen[rows.cell] & (rows.period > 0) & (rows.slot < part.slots)
        if code is not None:
            only &= rows.code == code
        kept = rows.where(only)
        found.append(summed(kept.period, kept.messages, periods + 1)[1:])
    trials, bad = found
    return trials[trials > 0], bad[trials > 0]


def _of_all_codes(window: Window, part: Part) -> Part:
    """The same part for all codes if one code is not most of it."""
    if part.code is None:
        return part
    bad, expected = (float(each[part.cells, -1].sum()) for each in (window.bad, window.expected))
    if part.excess >= 0.75 * (bad - expected):
        return part
    return replace(part, code=None, bad=bad, expected=expected)


def _widened(evidence: Evidence, window: Window, part: Part) -> Part:
    """Without the dimensions that are not needed: where the rest of the wider part is as bad."""
    order = ("source", "market", "campaign", "number")
    for name in sorted(part.names, key=order.index):
        names = tuple(each for each in part.names if each != name)
        if not names:
            continue
        group, _ = groups(evidence, names)
        cells = np.flatnonzero(group == group[part.cells[0]])
        column = -1 if part.code is None else part.code
        trials = float(window.trials[cells].sum())
        bad, expected = (float(each[cells, column].sum()) for each in (window.bad, window.expected))
        predicted = part.excess / part.trials * (trials - part.trials)
        others = (bad - expected) - part.excess
        if predicted < 3 or others > predicted / 2:
            part = replace(
                part, names=names, cells=cells, trials=trials, bad=bad, expected=expected
            )
    return part
