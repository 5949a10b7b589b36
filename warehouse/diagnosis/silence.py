"""A source or a business number that has fallen silent, where there always were messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from warehouse.diagnosis.cells import Evidence, Floats, Mask, Rows, summed
from warehouse.diagnosis.counts import DAY, SLOTS, Counts
from warehouse.diagnosis.expectation import groups
from warehouse.diagnosis.finding import Finding

# A week: some do not write on Sundays.
LEAST_PERIODS = 7
# The least silence, and how many messages there were on each of the days that are compared.
SHORT, LEAST_IN_SHORT = timedelta(hours=1), 60.0
LONG, LEAST_IN_LONG = timedelta(hours=3), 25.0


def silent(counts: Counts, evidence: Evidence) -> list[Finding]:
    """What is silent: all, else sources, else numbers of other sources."""
    if counts.period != DAY:
        return []
    found: list[Finding] = []
    told = np.zeros(len(evidence.cells), np.bool_)
    for names in ((), ("source",), ("number",)):
        group, count = groups(evidence, names)
        for at in range(count):
            cells = group == at
            if told[cells].all():
                continue
            if finding := _silence(counts, evidence, names, cells):
                told |= cells
                found.append(finding)
    return found


def _silence(
    counts: Counts,
    evidence: Evidence,
    names: tuple[str, ...],
    cells: Mask,
) -> Finding | None:
    rows = evidence.trials.where(cells[evidence.trials.cell])
    now = rows.where(rows.period == 0)
    newest = int(now.slot.min()) if len(now.slot) else SLOTS
    for slots, past in _windows(counts, rows):
        if slots > newest:
            return None
        long = slots * counts.slot >= LONG
        least = LEAST_IN_LONG if long else LEAST_IN_SHORT
        if len(past) >= LEAST_PERIODS and _always(past, least):
            first = int(np.flatnonzero(cells)[0])
            where = {name: _value(evidence, first, name) for name in names}
            since = counts.start_of(newest) + counts.slot
            missing = int(np.median(past))
            return Finding("silent", where, since, None, missing, missing, 0.0)
    return None


def _always(past: Floats, least: float) -> bool:
    """Whether there were messages each day: on the same days of the week, if two are known."""
    same = past[6::7]
    return bool(
        same.min() >= least
        and np.median(past) >= least
        and (past.min() >= least if len(same) < 2 else (past >= least / 2).mean() >= 0.8)
    )


def _windows(counts: Counts, rows: Rows) -> Iterator[tuple[int, Floats]]:
    """The messages of each former period in the hours of each window, the shortest first."""
    past = rows.where(rows.period > 0)
    known = int(past.period.max()) if len(past.period) else 0
    for slots in counts.windows:
        if slots * counts.slot >= SHORT:
            only = past.where(past.slot < slots)
            yield slots, summed(only.period, only.messages, known + 1)[1:]


def _value(evidence: Evidence, cell: int, name: str) -> str | None:
    at = evidence.dimensions.index(name)
    value: str | None = evidence.values[at][evidence.cells[cell, at]]
    return value
