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
    places: list[Ints] = []
    key = np.zeros(len(table), np.int64)
    for name in names:
        found, place = _encoded(table[name])
        values.append(found)
        places.append(place)
        key = key * (len(found) + 1) + place
    _, first, cell = np.unique(key, return_index=True, return_inverse=True)
    distinct = np.stack([place[first] for place in places], axis=1)
    return distinct, tuple(values), cell.astype(np.int64)


def _encoded(column: Any) -> tuple[list[Any], Ints]:
    """The distinct values, nulls too, and the place of each row's value among them."""
    encoded = column.dictionary_encode("encode").unify_dictionaries()
    if not encoded.num_chunks:
        return [], np.zeros(0, np.int64)
    places = [np.asarray(chunk.indices, np.int64) for chunk in encoded.chunks]
    return encoded.chunk(0).dictionary.to_pylist(), np.concatenate(places)


def rows_of(table: pa.Table, cell: Ints) -> Rows:
    """The rows of a table of counts, without codes."""
    period, slot = (numbers(table, name).astype(np.int64) for name in ("period", "slot"))
    none = np.full(len(table), -1, np.int64)
    return Rows(cell, period, slot, none, numbers(table, "messages"))
