"""Tables of counts as arrays of whole numbers: trials, and the bad ones among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# Up to so many possible keys, an array of all of them is faster than to sort.
MOST_KEYS = 8_000_000


class Code(NamedTuple):
    """An error code, as the error catalogue knows it."""

    code: int | None
    family: str | None
    title: str | None
    dialect: str | None = None


class Rows(NamedTuple):
    """Some messages of one cell in one slot of one period. `code` is -1 where there is none."""

    cell: Ints
    period: Ints
    slot: Ints
    code: Ints
    messages: Floats

    def where(self, only: Mask) -> Rows:
        return Rows(
            self.cell[only],
            self.period[only],
            self.slot[only],
            self.code[only],
            self.messages[only],
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """All trials and the bad ones. A cell is one combination of values of `dimensions`."""

    metric: str
    dimensions: tuple[str, ...]
    cells: Ints  # cells x dimensions: the place of each value in `values`
    values: tuple[list[Any], ...]
    codes: tuple[Code, ...]
    trials: Rows
    bad: Rows


def summed(place: Ints, messages: Floats, size: int) -> Floats:
    """The sums of messages by place, 0 to before `size`."""
    return np.asarray(np.bincount(place, messages, size), np.float64)


def numbers(table: pa.Table, name: str) -> Floats:
    """A column of numbers."""
    return np.asarray(table[name], np.float64)


def cells(table: pa.Table, names: tuple[str, ...]) -> tuple[Ints, tuple[list[Any], ...], Ints]:
    """The cells, the values of each dimension, and the cell of each row."""
    values: list[list[Any]] = []
    key, size = np.zeros(len(table), np.int64), 1
    for name in names:
        found, place = encoded(table[name])
        values.append(found)
        key = key * len(found) + place
        size *= len(found)
    found_keys, cell = numbered(key, size)
    distinct = np.unravel_index(found_keys, [max(len(each), 1) for each in values])
    return np.stack(distinct, axis=1), tuple(values), cell


def numbered(key: Ints, size: int) -> tuple[Ints, Ints]:
    """The distinct keys in order, and the place of each key among them; all are below `size`."""
    if size > MOST_KEYS:
        found, place = np.unique(key, return_inverse=True)
        return found, place.astype(np.int64)
    there = np.zeros(size, np.bool_)
    there[key] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[key]


def encoded(column: Any) -> tuple[list[Any], Ints]:
    """The distinct values, nulls too, and the place of each row's value among them."""
    # Dictionaries of several chunks cannot be made one if there are nulls.
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    found = whole.dictionary_encode("encode")
    return found.dictionary.to_pylist(), np.asarray(found.indices, np.int64)


def rows_of(table: pa.Table, cell: Ints) -> Rows:
    """The rows of a table of counts, without codes."""
    period, slot = (np.asarray(table[name], np.int64) for name in ("period", "slot"))
    none = np.full(len(table), -1, np.int64)
    return Rows(cell, period, slot, none, numbers(table, "messages"))
