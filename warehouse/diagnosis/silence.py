"""A source or a business number that has fallen silent, where there always were messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.cells import Evidence, Floats, Ints, Mask, summed
from warehouse.diagnosis.counts import DAY, SLOTS, Counts
from warehouse.diagnosis.expectation import groups

# A week: some do not write on Sundays.
LEAST_PERIODS = 7
# The least silence, and how many messages there were on each of the days that are compared.
SHORT, LEAST_IN_SHORT = timedelta(hours=1), 60.0
LONG, LEAST_IN_LONG = timedelta(hours=3), 25.0


def silent(counts: Counts, evidence: Evidence) -> list[Anomaly]:
    """What is silent: all, else sources, else numbers of other sources."""
    if counts.period != DAY:
        return []
    found: list[Anomaly] = []
    told = np.zeros(len(evidence.cells), np.bool_)
    for names in ((), ("source",), ("number",)):
        group, count = groups(evidence, names)
        for at, series in enumerate(_series(evidence, group, count)):
            cells = group == at
            if told[cells].all():
                continue
            if anomaly := _silence(counts, evidence, names, cells, series):
                told |= cells
                found.append(anomaly)
    return found


def _silence(
    counts: Counts,
    evidence: Evidence,
    names: tuple[str, ...],
    cells: Mask,
    series: Floats,
) -> Anomaly | None:
    now = np.flatnonzero(series[0])
    newest = int(now[0]) if len(now) else SLOTS
    for slots, past in _windows(counts, series[1:]):
        if slots > newest:
            return None
        long = slots * counts.slot >= LONG
        least = LEAST_IN_LONG if long else LEAST_IN_SHORT
        if len(past) >= LEAST_PERIODS and _always(past, least):
            first = int(np.flatnonzero(cells)[0])
            where = {name: _value(evidence, first, name) for name in names}
            since = counts.start_of(newest) + counts.slot
            missing = int(np.median(past))
            return Anomaly("silent", where, since, None, missing, missing, 0.0)
    return None


def _always(past: Floats, least: float) -> bool:
    """Whether there were messages each day: on the same days of the week, if two are known."""
    same = past[6::7]
    return bool(
        same.min() >= least
        and np.median(past) >= least
        and (past.min() >= least if len(same) < 2 else (past >= least / 2).mean() >= 0.8)
    )


def _series(evidence: Evidence, group: Ints, count: int) -> Floats:
    """The messages of each group, by period and slot."""
    rows = evidence.trials
    periods = 1 + int(rows.period.max(initial=0))
    place = (group[rows.cell] * periods + rows.period) * SLOTS + rows.slot
    found = summed(place, rows.messages, count * periods * SLOTS)
    return found.reshape(count, periods, SLOTS)


def _windows(counts: Counts, past: Floats) -> Iterator[tuple[int, Floats]]:
    """The messages of each former period in the hours of each window, the shortest first."""
    known = past[: np.flatnonzero(past.any(axis=1)).max(initial=-1) + 1]
    for slots in counts.windows:
        if slots * counts.slot >= SHORT:
            yield slots, known[:, :slots].sum(axis=1)


def _value(evidence: Evidence, cell: int, name: str) -> str | None:
    at = evidence.dimensions.index(name)
    value: str | None = evidence.values[at][evidence.cells[cell, at]]
    return value
