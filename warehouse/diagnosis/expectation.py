"""What is usual: how many bad messages each cell would have now if all were as it was."""

from __future__ import annotations

from dataclasses import dataclass

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


def window(evidence: Evidence, slots: int) -> Window:
    """The sums of a window, and what is expected."""
    count, width = len(evidence.cells), len(evidence.codes) + 1
    (trials_now, bad_now), (past_trials, past_bad) = (
        (
            summed(trials.cell, trials.messages, count),
            _by_code(bad, count, width),
        )
        for trials, bad in (_within(evidence, slots, now=now) for now in (True, False))
    )
    expected = trials_now[:, None] * _rates(evidence, past_trials, past_bad)
    expected = _with_allowance(evidence, (past_trials, past_bad), (trials_now, bad_now), expected)
    return Window(slots, trials_now, bad_now, past_trials, past_bad, expected)


def _within(evidence: Evidence, slots: int, *, now: bool) -> tuple[Rows, Rows]:
    trials, bad = evidence.trials, evidence.bad
    return (
        trials.where(((trials.period == 0) == now) & (trials.slot < slots)),
        bad.where(((bad.period == 0) == now) & (bad.slot < slots)),
    )


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
