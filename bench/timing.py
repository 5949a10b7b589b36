"""Times pairs of functions in turn, so that other load on the machine affects both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: our figure and the peer's in the same unit, and their ratio."""

    name: str
    unit: str
    ours: float
    peer_name: str
    peer: float
    ratio: float
    spread: tuple[float, float]

    def __str__(self) -> str:
        low, high = self.spread
        return (
            f"{self.name:<48} {_readable(self.ours):>8} {self.unit:<10} "
            f"{self.ratio:>6.2f} x {self.peer_name} ({_readable(self.peer)} {self.unit}; "
            f"ratio {low:.2f} to {high:.2f})"
        )


def _readable(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"


def compare(
    name: str,
    unit: str,
    count: int,
    ours: Work,
    peer_name: str,
    peer: Work,
    *,
    peer_count: int | None = None,
    runs: int = 5,
) -> Line:
    """Runs both functions in turn, after a warm-up of each.

    `count` is the number of items in one run; `peer_count` that of the peer, if it is different.
    """
    ours()
    peer()
    pairs = []
    for _ in range(runs):
        pairs.append((count / seconds(ours), (peer_count or count) / seconds(peer)))
    ratios = [mine / theirs for mine, theirs in pairs]
    return Line(
        name,
        unit,
        statistics.median(mine for mine, _ in pairs),
        peer_name,
        statistics.median(theirs for _, theirs in pairs),
        statistics.median(ratios),
        (min(ratios), max(ratios)),
    )


def seconds(work: Work) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
