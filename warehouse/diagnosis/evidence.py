"""Counts as trials: of so many messages, so many were bad. One kind of evidence for each metric."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from warehouse.diagnosis.cells import (
    Code,
    Evidence,
    Floats,
    Ints,
    Mask,
    Rows,
    cells,
    encoded,
    numbered,
    numbers,
    rows_of,
    summed,
)
from warehouse.diagnosis.counts import DIMENSIONS, SLOTS, Counts

# As many codes are looked at one by one: those with the most failures now.
CODES = 30
# Deliveries slower than this share of the former ones count as slow.
USUAL = 0.9
# Messages of the newest slots may well be delivered yet.
RIPE_SLOTS = 2
# A delivered message may have been late, compared with one that stays open.
LATE_IF_DELIVERED = 0.05


class Slow(NamedTuple):
    """Evidence of slow deliveries, and all deliveries with the seconds that they took."""

    evidence: Evidence
    rows: Rows
    seconds: Floats


def failures(counts: Counts) -> Evidence:
    """Messages that failed, by code."""
    distinct, values, cell = cells(counts.messages, DIMENSIONS)
    rows = rows_of(counts.messages, cell)
    (failed,) = _kinds(counts, "failed")
    codes, code = _codes(counts.messages, failed & (rows.period == 0), rows.messages)
    bad = rows._replace(code=code).where(failed)
    return Evidence("failed", DIMENSIONS, distinct, values, codes, rows, bad)


def undelivered(counts: Counts, failed: Evidence) -> Evidence:
    """Messages that neither arrived nor failed, as it was when they were as old as those of now.

    Which of the messages were late is known for each number, not for campaigns and markets: there,
    the late ones are mostly where messages stay open. The cells are those of the failures.
    """
    distinct, values, rows = failed.cells, failed.values, failed.trials
    ripe = (rows.period > 0) | (rows.slot >= RIPE_SLOTS)
    is_open, is_ok = _kinds(counts, "open", "ok")
    weight = rows.messages * np.where(is_open, 1.0, np.where(is_ok, LATE_IF_DELIVERED, 0.0))
    late = _late(counts, distinct, values, rows._replace(messages=weight))
    bad = Rows(
        *(np.concatenate(pair) for pair in zip(rows.where(is_open & ripe), late, strict=True))
    )
    return Evidence("undelivered", DIMENSIONS, distinct, values, (), rows.where(ripe), bad)


def slow(counts: Counts) -> Slow:
    """Deliveries slower than USUAL of the former ones of the same number."""
    names = ("source", "number")
    distinct, values, cell = cells(counts.waits, names)
    rows = rows_of(counts.waits, cell)
    seconds = numbers(counts.waits, "seconds")
    limits = _limits(rows, seconds, len(distinct))
    ripe = (rows.period > 0) | (rows.slot >= RIPE_SLOTS)
    bad = rows.where(ripe & (seconds > limits[rows.cell]))
    evidence = Evidence("slow", names, distinct, values, (), rows.where(ripe), bad)
    return Slow(evidence, rows, seconds)


def quantile(seconds: Floats, messages: Floats, share: float) -> float:
    """The seconds within which this share of the messages was delivered."""
    order = np.argsort(seconds)
    reached = np.cumsum(messages[order])
    place = int(np.searchsorted(reached, share * reached[-1]))
    return float(seconds[order][min(place, len(order) - 1)])


def _limits(rows: Rows, seconds: Floats, count: int) -> Floats:
    """The seconds within which USUAL of each cell was delivered before now."""
    past = rows.period > 0
    order = np.argsort(rows.cell[past], kind="stable")
    cell = rows.cell[past][order]
    ends = np.searchsorted(cell, np.arange(count + 1))
    limits = np.full(count, np.inf)
    for each in np.flatnonzero(np.diff(ends)):
        own = order[ends[each] : ends[each + 1]]
        limits[each] = quantile(seconds[past][own], rows.messages[past][own], USUAL)
    return limits


def _kinds(counts: Counts, *names: str) -> list[Mask]:
    """Which rows are of each of these kinds."""
    values, place = encoded(counts.messages["kind"])
    known = {value: at for at, value in enumerate(values)}
    return [place == known.get(name, -1) for name in names]


def _codes(table: pa.Table, now: Mask, messages: Floats) -> tuple[tuple[Code, ...], Ints]:
    """The most frequent codes of now, and the place among them of each row's code."""
    distinct, values, cell = cells(table, ("error_code", "error_family"))
    found = summed(cell[now], messages[now], len(distinct))
    most = [int(each) for each in np.argsort(-found)[:CODES] if found[each] > 0]
    places = np.full(len(distinct), -1, np.int64)
    places[most] = np.arange(len(most))
    first = {each: int(np.flatnonzero((cell == each) & now)[0]) for each in most}
    codes = (
        Code(
            values[0][distinct[each, 0]],
            values[1][distinct[each, 1]],
            *(table[name][first[each]].as_py() for name in ("error_title", "dialect")),
        )
        for each in most
    )
    return tuple(codes), places[cell]


def _late(
    counts: Counts, distinct: Ints, values: tuple[list[str | None], ...], weights: Rows
) -> Rows:
    """The messages that were delivered late in former periods, shared out by weight.

    They are known for each source and number.
    """
    of_waits, own_values, cell = cells(counts.waits, ("source", "number"))
    late = rows_of(counts.waits, cell)._replace(messages=numbers(counts.waits, "late"))
    late, past = late.where(late.messages > 0), weights.where(weights.period > 0)
    keys = {pair: at for at, pair in enumerate(_pairs(own_values, of_waits))}
    of_cell = np.array([keys.get(pair, -1) for pair in _pairs(values, distinct)], np.int64)
    periods = 1 + max(int(rows.period.max(initial=0)) for rows in (late, past))
    there = _groups(late.cell, late, periods)
    here = _groups(of_cell[past.cell], past, periods)
    size = (len(of_waits) + 1) * periods * SLOTS
    groups, place = numbered(np.concatenate([there, here]), size)
    sums = summed(place[: len(there)], late.messages, len(groups))
    place = place[len(there) :]
    total = summed(place, past.messages, len(groups))
    share = past.messages * sums[place] / np.maximum(total[place], 1e-9)
    return past._replace(messages=share).where(share > 0)


def _pairs(
    values: tuple[list[str | None], ...], distinct: Ints
) -> list[tuple[str | None, str | None]]:
    """Source and number of each cell."""
    return [(values[0][cell[0]], values[1][cell[1]]) for cell in distinct]


def _groups(key: Ints, rows: Rows, periods: int) -> Ints:
    """One whole number for each key (from -1 on), period and slot."""
    return np.asarray(((key + 1) * periods + rows.period) * SLOTS + rows.slot, np.int64)
