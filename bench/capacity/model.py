"""From what a landing costs to what an installation for some load needs. Pure arithmetic."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Where consumers queue, each lands later and more at once. Not later than this.
BATCH_SECONDS = 10.0
# What a process is planned for: the rest is for maintenance, rebalances and catching up.
PLANNED = 0.5
POSTS_A_SECOND = 2_600  # of one receiver, each with one status; see docs/speed.md
KAFKA_BYTES = 148  # of one status in a POST of 20; see docs/production.md
KAFKA_DAYS = 7
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of one landing: `fixed`, and `row` and `decoding` for each status.

    Consumers decode at the same time, and land one after another.
    """

    fixed: float
    row: float
    decoding: float

    @classmethod
    def of(cls, rounds: Iterable[Mapping[str, Any]], catalog: str) -> Cost:
        """The line through the medians of the smallest and the largest batches of one writer."""
        mine = [one for one in rounds if one["catalog"] == catalog and one["writers"] == 1]
        small, large = min(one["rows"] for one in mine), max(one["rows"] for one in mine)

        def median(name: str, rows: int) -> float:
            return float(statistics.median(one[name] for one in mine if one["rows"] == rows))

        row = (median("landing", large) - median("landing", small)) / (large - small)
        return cls(median("landing", small) - small * row, row, median("decoding", large) / large)

    def alone(self) -> float:
        """The most statuses a second that one consumer lands."""
        return (BATCH_SECONDS - self.fixed) / (self.row + self.decoding) / BATCH_SECONDS

    def limit(self, consumers: int) -> float:
        """The most statuses a second of all consumers: the turn to land is never free then."""
        return max(0.0, BATCH_SECONDS - consumers * self.fixed) / self.row / BATCH_SECONDS

    def together(self, consumers: int) -> float:
        """The most statuses a second of this many consumers, each with a core of its own."""
        return min(consumers * self.alone(), self.limit(consumers))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a load needs. `warehouses` share it; the other numbers are of all of them together."""

    events: int
    receivers: int
    warehouses: int
    consumers: int
    partitions: int
    commits: float
    turn: float
    files: int
    gigabytes: float
    kafka_gigabytes: float


def plan(events: int, cost: Cost, bytes_per_event: float, merged_bytes: int) -> Plan:
    """The smallest installation that takes this many statuses a second, with reserve."""
    warehouses = 1
    while True:
        share = events / warehouses
        for consumers in range(1, 65):
            if cost.together(consumers) * PLANNED >= share:
                size = events * DAY * bytes_per_event
                return Plan(
                    events=events,
                    receivers=max(2, math.ceil(events / (POSTS_A_SECOND * PLANNED))),
                    warehouses=warehouses,
                    consumers=warehouses * consumers,
                    # As many for each consumer, and room to double them.
                    partitions=max(6, 2 * consumers),
                    commits=warehouses * consumers / BATCH_SECONDS,
                    turn=(consumers * cost.fixed + share * BATCH_SECONDS * cost.row)
                    / BATCH_SECONDS,
                    files=math.ceil(size / merged_bytes),
                    gigabytes=size / 1e9,
                    kafka_gigabytes=events * DAY * KAFKA_DAYS * KAFKA_BYTES / 1e9,
                )
        warehouses += 1
