"""What is usual: how many bad messages each cell would have now if all were as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from warehouse.diagnosis.cells import Evidence, Floats, Ints, Rows, summed

# A group's own rate counts as much as that of the wider group once it has so many messages.
PRIOR = 50.0
# A campaign of a number is known from so many messages on. Until then, so many times as many bad
# messages as elsewhere, or this share of all, may be usual for it.
KNOWN, NEW_TIMES, NEW_SHARE = 50.0, 4.0, 0.15
# The groups whose rates are asked, the widest first; the last one is the cell itself.
LEVELS: tuple[tuple[str, ...], ...] = (
    (),
    ("market",),
    ("number", "market"),
    ("number", "campaign"),
    ("source", "number", "campaign", "market"),
)


@dataclass(frozen=True, slots=True)
class Window:
    """Sums of each cell in the last slots of now and of each former period.

    The columns of `bad`, `past_bad` and `expected` are the codes, and last all together.
    """

    slots: int
    trials: Floats  # cells
    bad: Floats  # cells x codes
    past_trials: Floats
    past_bad: Floats
    expected: Floats  # cells x codes


def windows(evidence: Evidence, limits: tuple[int, ...]) -> tuple[Window, ...]:
    """The sums of windows of so many slots, the shortest first, and what is expected."""
    now, before = (_sums(evidence, limits, now=now) for now in (True, False))
    return tuple(
        Window(slots, *of_now, *of_past, _expected(evidence, of_now, of_past))
        for slots, of_now, of_past in zip(limits, now, before, strict=True)
    )


def _sums(
    evidence: Evidence, limits: tuple[int, ...], *, now: bool
) -> Iterator[tuple[Floats, Floats]]:
    """The trials and the bad ones of each window: those of the window before, and some more."""
    count, width = len(evidence.cells), len(evidence.codes) + 1
    trials, bad = (
        rows.where((rows.period == 0) == now) for rows in (evidence.trials, evidence.bad)
    )
    all_trials, all_bad = np.zeros(count), np.zeros((count, width))
    for first, slots in pairwise((0, *limits)):
        more, worse = (
            rows.where((rows.slot >= first) & (rows.slot < slots)) for rows in (trials, bad)
        )
        all_trials = all_trials + summed(more.cell, more.messages, count)
        all_bad = all_bad + _by_code(worse, count, width)
        yield all_trials, all_bad


def _expected(
    evidence: Evidence, now: tuple[Floats, Floats], before: tuple[Floats, Floats]
) -> Floats:
    expected = now[0][:, None] * _rates(evidence, *before)
    return _with_allowance(evidence, before, now, expected)


def _with_allowance(
    evidence: Evidence,
    before: tuple[Floats, Floats],
    now: tuple[Floats, Floats],
    expected: Floats,
) -> Floats:
    """More is expected of what is new: nobody knows yet what is usual for a new campaign."""
    (past_trials, past_bad), (trials, bad) = before, now
    names = tuple(name for name in ("number", "campaign") if name in evidence.dimensions)
    group, count = groups(evidence, names)
    new = summed(group, past_trials, count)[group] < KNOWN
    seen = (past_bad.sum(axis=0) > 0)[None, :]  # not of a code that nobody has seen before
    allowed = np.maximum(NEW_TIMES * expected, NEW_SHARE * trials[:, None] * seen)
    return np.where(new[:, None], np.maximum(expected, np.minimum(bad, allowed)), expected)


def _by_code(rows: Rows, count: int, width: int) -> Floats:
    coded = rows.where(rows.code >= 0)
    place = coded.cell * width + coded.code
    found = summed(place, coded.messages, count * width).reshape(count, width)
    found[:, -1] = summed(rows.cell, rows.messages, count)
    return found


def _rates(evidence: Evidence, trials: Floats, bad: Floats) -> Floats:
    """The usual share of bad messages for each cell and code: its own, or that of its groups."""
    total = max(trials.sum(), 1.0)
    rates = np.broadcast_to(bad.sum(axis=0) / total, bad.shape)
    for names in LEVELS[1:]:
        if known := [name for name in names if name in evidence.dimensions]:
            group, count = groups(evidence, tuple(known))
            each = summed(group, trials, count)
            their_bad = sums(group, count, bad)
            # The rates of the wider group, for the messages of this one.
            prior = sums(group, count, rates * (trials[:, None] + 1e-6))
            prior /= (each + 1e-6 * np.bincount(group, minlength=count))[:, None]
            own = (their_bad + PRIOR * prior) / (each[:, None] + PRIOR)
            rates = own[group]
    return np.asarray(rates, np.float64)


def groups(evidence: Evidence, names: tuple[str, ...]) -> tuple[Ints, int]:
    """The group of each cell by the values of these dimensions, and how many groups there are."""
    key = np.zeros(len(evidence.cells), np.int64)
    for name in names:
        at = evidence.dimensions.index(name)
        key = key * (len(evidence.values[at]) + 1) + evidence.cells[:, at]
    found, group = np.unique(key, return_inverse=True)
    return group.astype(np.int64), len(found)


def sums(group: Ints, count: int, values: Floats) -> Floats:
    """The sums of each column by group."""
    columns = [summed(group, values[:, at], count) for at in range(values.shape[1])]
    return np.stack(columns, axis=1)
