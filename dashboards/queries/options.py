"""Query of the values that the filters offer."""

from __future__ import annotations

from dashboards.answers import Options
from dashboards.queries.filters import CATEGORY, NUMBER, Connection, span
from dashboards.selection import Selection


def options(connection: Connection, selection: Selection) -> Options:
    """Numbers, categories and sources for which there are messages."""
    found = connection.execute(
        f"SELECT {NUMBER}, {CATEGORY}, source FROM dimensions($from, $until)", span(selection)
    ).fetchall()
    return Options(*(tuple(sorted({row[column] for row in found})) for column in range(3)))
