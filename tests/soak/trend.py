"""Finds whether a series of samples grows, by a slope that ignores a few outliers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HOUR = 3600.0
# Each pair of points gives a slope, so long series are shortened first.
MOST_POINTS = 240
# With fewer samples, a trend is not meaningful.
LEAST_POINTS = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """The samples of one quantity: seconds since the start, and values in its unit."""

    seconds: Floats
    values: Floats

    @classmethod
    def of(cls, samples: Sequence[tuple[float, float | None]]) -> Series:
        """A series without the moments that have no value."""
        kept = [(second, value) for second, value in samples if value is not None]
        seconds, values = np.array(kept, dtype=np.float64).reshape(-1, 2).T
        return cls(seconds, values)

    def __len__(self) -> int:
        return len(self.seconds)

    def since(self, second: float) -> Series:
        """The samples from this second on."""
        later = self.seconds >= second
        return Series(self.seconds[later], self.values[later])

    @property
    def span(self) -> float:
        """Seconds between the first and the last sample."""
        return float(self.seconds[-1] - self.seconds[0]) if len(self) else 0.0

    @property
    def level(self) -> float:
        """The median; 0 without samples."""
        return float(np.median(self.values)) if len(self) else 0.0

    def level_at(self, share: float) -> float:
        """The median of a tenth of the series, around a point from start (0) to end (1)."""
        if not len(self):
            return 0.0
        at = min(max(share, 0.05), 0.95) * self.span + self.seconds[0]
        near = np.abs(self.seconds - at) <= self.span / 20 + 1e-9
        return float(np.median(self.values[near])) if near.any() else self.level


def slope(series: Series) -> float:
    """The slope by Theil-Sen: the median of the slopes of all pairs of points, per hour.

    0 if there are fewer than LEAST_POINTS samples.
    """
    if len(series) < LEAST_POINTS or series.span <= 0:
        return 0.0
    few = _fewer(series)
    first, second = np.triu_indices(len(few), k=1)
    apart = few.seconds[second] - few.seconds[first]
    risen = few.values[second] - few.values[first]
    different = apart > 0
    return float(np.median(risen[different] / apart[different])) * HOUR


def smooth(series: Series, period: float) -> Series:
    """The running median over `period` seconds, without changes that repeat in this time.

    The unchanged series if it is not much longer than a period.
    """
    if series.span < 2 * period:
        return series
    ends = np.flatnonzero(series.seconds >= series.seconds[0] + period)
    begins = np.searchsorted(series.seconds, series.seconds[ends] - period, side="right")
    medians = [
        np.median(series.values[begin : end + 1]) for begin, end in zip(begins, ends, strict=True)
    ]
    return Series(series.seconds[ends], np.array(medians))


def rate(series: Series) -> Series:
    """The rise of a count per second, between each two samples."""
    apart = np.diff(series.seconds)
    risen = np.diff(series.values)
    return Series(series.seconds[1:], risen / np.where(apart > 0, apart, np.inf))


def _fewer(series: Series) -> Series:
    """At most MOST_POINTS points: the medians of equal parts."""
    if len(series) <= MOST_POINTS:
        return series
    seconds = np.array_split(series.seconds, MOST_POINTS)
    values = np.array_split(series.values, MOST_POINTS)
    return Series(
        np.array([np.median(part) for part in seconds]),
        np.array([np.median(part) for part in values]),
    )
