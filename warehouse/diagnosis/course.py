"""When an incident began, and whether it is over."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from warehouse.diagnosis.cells import Evidence, Floats, summed
from warehouse.diagnosis.counts import SLOTS
from warehouse.diagnosis.scan import Segment

# The evidence (natural log) that it is over.
OVER = 6.0


class Course(NamedTuple):
    """The slots of an incident, counted back from the end, and the messages in them."""

    first: int  # the oldest slot
    last: int  # the newest slot
    over: bool
    trials: float
    bad: float


def course(evidence: Evidence, segment: Segment) -> Course:
    """The run of slots in which the segment was most clearly worse than usual."""
    trials, bad = _series(evidence, segment)
    usual = min(max(segment.expected / max(segment.trials, 1.0), 1e-4), 0.9)
    worse = min(max(segment.bad / segment.trials, 2 * usual, usual + 0.01), 0.99)
    first = last = 0
    for _ in range(3):
        gain = _gain(trials, bad, usual, worse)
        first, last = _best_run(gain)
        inside = slice(last, first + 1)
        rate = float(bad[inside].sum() / max(trials[inside].sum(), 1.0))
        worse = min(max(rate, 1.5 * usual, usual + 0.01), 0.99)
    after = float(gain[:last].sum())
    return Course(first, last, after < -OVER, float(trials[inside].sum()), float(bad[inside].sum()))


def _series(evidence: Evidence, segment: Segment) -> tuple[Floats, Floats]:
    """Messages and bad ones in each slot of now, the newest first."""
    chosen = np.zeros(len(evidence.cells), np.bool_)
    chosen[segment.cells] = True
    found = []
    for rows, code in ((evidence.trials, None), (evidence.bad, segment.code)):
        only = chosen[rows.cell] & (rows.period == 0)
        if code is not None:
            only &= rows.code == code
        kept = rows.where(only)
        found.append(summed(kept.slot, kept.messages, SLOTS))
    return found[0], found[1]


def _gain(trials: Floats, bad: Floats, usual: float, worse: float) -> Floats:
    good = np.maximum(trials - bad, 0)
    gain = bad * np.log(worse / usual) + good * np.log((1 - worse) / (1 - usual))
    return np.asarray(gain, np.float64)


def _best_run(gain: Floats) -> tuple[int, int]:
    """The oldest and the newest slot of the run with the largest sum."""
    best, found, total, newest = -np.inf, (0, 0), 0.0, 0
    for slot, each in enumerate(gain):
        if total <= 0:
            total, newest = 0.0, slot
        total += each
        if total > best:
            best, found = total, (slot, newest)
    return found
