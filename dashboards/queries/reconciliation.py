"""Our figures in the cells of an export of Meta's `pricing_analytics`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pandas as pd

from dashboards.pricing_analytics import NOTHING, Cell, Figures, Point, explained, used
from dashboards.queries.filters import Connection, row

# The market of a country at a time. The markets are few.
_MARKET = """
SELECT arg_max(market, coalesce(valid_from, '-infinity'))
FROM markets
WHERE iso = $country AND coalesce(valid_from, '-infinity')::TIMESTAMPTZ <= $since
"""
# Where the provider states no type, as the verdict says.
_OURS = """
SELECT
    display_phone_number, market, category,
    CASE WHEN verdict = 'billable' THEN 'regular' ELSE pricing_type END AS type,
    sum(units)::BIGINT AS units,
    CASE WHEN bool_and(cost IS NOT NULL) THEN sum(cost) END AS cost
FROM costs($since, $until)
WHERE $numbers IS NULL OR list_contains($numbers, display_phone_number)
GROUP BY ALL
"""
COLUMNS = (*Cell._fields, "meta_units", "units", "meta_cost", "cost", "reason")


def reconciliation(connection: Connection, points: tuple[Point, ...]) -> pd.DataFrame:
    """A row for each cell: COLUMNS. `reason` is None where the figures agree.

    Numbers that the export does not have are left out, if it is divided by numbers.
    """
    names = used(points)
    meta = defaultdict[Cell, Figures](lambda: NOTHING)
    places: dict[tuple[Any, Any], Any] = {}
    for point in points:
        place = point.country, point.since
        if place not in places:
            (places[place],) = row(
                connection, _MARKET, {"country": point.country, "since": point.since}
            )
        cell = Cell(*point[:3], places[place], point.category, point.type)
        meta[cell] += Figures(point.units, point.cost)
    ours = defaultdict[Cell, Figures](lambda: NOTHING)
    for cell, figures in _ours(connection, points, names):
        ours[cell] += figures
    (received,) = row(connection, "SELECT received_at FROM freshness")
    reasons = explained(meta, ours, received)
    rows = [
        (
            *cell, meta[cell].units, ours[cell].units, meta[cell].cost, ours[cell].cost,
            reasons[cell],
        )
        for cell in sorted(reasons, key=_order)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _ours(
    connection: Connection, points: tuple[Point, ...], names: frozenset[str]
) -> Iterator[tuple[Cell, Figures]]:
    numbers = sorted({point.number for point in points if point.number}) or None
    for since, until in sorted({point[:2] for point in points}):
        found = connection.execute(_OURS, {"since": since, "until": until, "numbers": numbers})
        for number, market, category, kind, units, cost in found.fetchall():
            yield (
                Cell(
                    since,
                    until,
                    number if "number" in names else None,
                    market if "country" in names else None,
                    category if "category" in names else None,
                    kind if "type" in names else None,
                ),
                Figures(units, cost),
            )


def _order(cell: Cell) -> tuple[Any, ...]:
    return cell[0], *(part or "" for part in cell[2:])
