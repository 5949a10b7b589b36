"""Query of the values that the filters offer."""

from __future__ import annotations

from dashboards.answers import Options
from dashboards.queries.filters import CATEGORY, NUMBER, Connection, span
from dashboards.selection import Selection


def options(connection: Connection, selection: Selection) -> Options:
    """Numbers, categories and sources for which there are messages."""
    found = connection.execute(
        f"""
        SELECT {NUMBER} AS number, list(DISTINCT {CATEGORY}), list_sort(list(DISTINCT source))
        FROM dimensions($from, $until) GROUP BY number
        """,
        span(selection),
    ).fetchall()
    categories = {category for _, named, _ in found for category in named}
    # A message reported by several sources counts under the first of them by name. So the first
    # source of a number occurs; for the others, only each single message shows it.
    sources = {named[0] for *_, named in found}
    shared = [number for number, _, named in found if not sources.issuperset(named)]
    if shared:
        rows = connection.execute(
            "SELECT DISTINCT source FROM outcomes($from, $until) "
            f"WHERE list_contains($shared, {NUMBER})",
            span(selection) | {"shared": shared},
        ).fetchall()
        sources.update(source for (source,) in rows)
    numbers = (number for number, *_ in found)
    return Options(*(tuple(sorted(values)) for values in (numbers, categories, sources)))
