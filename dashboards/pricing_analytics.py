"""Meta's own figures: reads an export of `pricing_analytics`, and explains differences to ours."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

MOST_POINTS = 50_000
# Each period is asked for by itself.
MOST_PERIODS = 100
# Smaller differences of costs come from rounding.
CENT = Decimal("0.01")
DIMENSIONS = ("number", "country", "category", "type")


class BadExport(ValueError):
    """The file is not an export of `pricing_analytics`; the message says why."""


class Point(NamedTuple):
    """One data point. Dimensions that were not asked for are None; so is a cost that is hidden."""

    since: datetime
    until: datetime
    number: str | None
    country: str | None
    category: str | None
    type: str | None
    units: int
    cost: Decimal | None


class Cell(NamedTuple):
    """What is compared: a period and what the export is divided by, else None."""

    since: datetime
    until: datetime
    number: str | None
    market: str | None
    category: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Messages, and what they cost; None where that is not known."""

    units: int = 0
    cost: Decimal | None = Decimal(0)

    def __add__(self, other: Figures) -> Figures:
        known = self.cost is not None and other.cost is not None
        return Figures(
            self.units + other.units,
            (self.cost or Decimal(0)) + (other.cost or Decimal(0)) if known else None,
        )


NOTHING = Figures()


def read(data: bytes) -> list[Point]:
    """The points of the answer of the Graph API. Raises BadExport."""
    try:
        found = json.loads(data, parse_float=Decimal)
        points = [_point(one) for one in _points(found)]
    except RecursionError:
        raise BadExport("the JSON is nested too deeply") from None
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, OSError):
        raise BadExport(
            "it is not the JSON that the Graph API answers for pricing_analytics"
        ) from None
    if not points:
        raise BadExport("it has no data points")
    if len(points) > MOST_POINTS or len({point[:2] for point in points}) > MOST_PERIODS:
        raise BadExport(
            f"it has more than {MOST_POINTS:,} data points or {MOST_PERIODS} periods: "
            "ask for DAILY or MONTHLY figures of a shorter time"
        )
    return points


def _points(found: Any) -> Iterator[dict[str, Any]]:
    """The data points, in the field of an account or in the answer to the edge itself."""
    answer = found.get("pricing_analytics", found)
    parts = answer.get("data", [answer])
    for part in parts:
        yield from part["data_points"]


def _point(one: dict[str, Any]) -> Point:
    number, country = one.get("phone_number"), one.get("country")
    category, kind = one.get("pricing_category"), one.get("pricing_type")
    cost = one.get("cost")
    return Point(
        since=datetime.fromtimestamp(int(one["start"]), UTC),
        until=datetime.fromtimestamp(int(one["end"]), UTC),
        number="".join(filter(str.isdigit, str(number))) if number else None,
        country=str(country).upper() if country else None,
        category=str(category).lower() if category else None,
        type=str(kind).lower() if kind else None,
        units=int(one["volume"]),
        cost=None if cost is None else Decimal(cost),
    )


def used(points: Iterable[Point]) -> frozenset[str]:
    """The dimensions by which the export is divided."""
    return frozenset(
        name for point in points for name in DIMENSIONS if getattr(point, name) is not None
    )


def explained(
    meta: Mapping[Cell, Figures], ours: Mapping[Cell, Figures], received: datetime | None
) -> dict[Cell, str | None]:
    """Why the two differ in each cell; None where they agree.

    `received` is when the newest webhook was received.
    """
    cells = {*meta, *ours}
    gaps = {cell: meta.get(cell, NOTHING).units - ours.get(cell, NOTHING).units for cell in cells}
    sums = _sums(gaps)
    reasons: dict[Cell, str | None] = {}
    for cell in cells:
        theirs, own = meta.get(cell, NOTHING), ours.get(cell, NOTHING)
        if gaps[cell]:
            reasons[cell] = _of_units(cell, gaps, sums, received)
        else:
            reasons[cell] = _of_costs(cell, theirs, own)
    return reasons


Sums = Mapping[tuple[str, Cell], int]


def _sums(gaps: Mapping[Cell, int]) -> Sums:
    """The sum of the gaps of cells that differ only in this."""
    sums = defaultdict[tuple[str, Cell], int](int)
    for cell, gap in gaps.items():
        for name, wide in _wider(cell).items():
            sums[name, wide] += gap
    return sums


def _wider(cell: Cell) -> dict[str, Cell]:
    return {
        "other_category": cell._replace(category=None, type=None),
        "other_market": cell._replace(market=None),
        "other_number": cell._replace(number=None),
    }


def _of_units(cell: Cell, gaps: Mapping[Cell, int], sums: Sums, received: datetime | None) -> str:
    gap = gaps[cell]
    if gap > 0 and (received is None or received < cell.until):
        return "not_landed"
    for name, wide in _wider(cell).items():
        if sums[name, wide] == 0:
            return name
    for other, opposite in gaps.items():
        beside = cell.until == other.since or cell.since == other.until
        if beside and other[2:] == cell[2:] and opposite == -gap:
            return "other_day"
    return "missing" if gap > 0 else "more"


def _of_costs(cell: Cell, theirs: Figures, own: Figures) -> str | None:
    if theirs.cost is None:
        return None
    if own.cost is None:
        dynamic = (cell.category or "").endswith("_dynamic")
        return "max_price" if dynamic else "unpriced"
    return None if abs(theirs.cost - own.cost) < CENT else "other_price"
