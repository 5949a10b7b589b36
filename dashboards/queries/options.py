"""Query of the values that the filters offer."""

from __future__ import annotations

from typing import Any

from dashboards.answers import Options
from dashboards.queries.filters import (
    CATEGORY,
    CODE,
    LONGEST,
    MARKET,
    NUMBER,
    Connection,
    keep_footers,
    named,
    span,
)
from dashboards.selection import Selection

_DIMENSIONS = f"""
SELECT DISTINCT {named("waba_id")}, {NUMBER}, {CATEGORY}, source FROM dimensions($from, $until)
"""
_CAMPAIGNS = f"""
SELECT DISTINCT {MARKET}, campaign, CASE WHEN failed THEN {CODE} END,
    left(error_title, {LONGEST})
FROM campaign_dimensions($from, $until)
"""


def options(connection: Connection, selection: Selection) -> Options:
    """The values of each filter for which there are messages."""
    keep_footers(connection)
    accounts, numbers, categories, sources = _columns(
        connection.execute(_DIMENSIONS, span(selection)).fetchall(), 4
    )
    found = connection.execute(_CAMPAIGNS, span(selection)).fetchall()
    markets, campaigns, codes, _ = _columns(found, 4)
    titles = {(code, title) for *_, code, title in found if code and title}
    return Options(
        accounts=accounts,
        numbers=numbers,
        markets=markets,
        campaigns=campaigns,
        categories=categories,
        codes=codes,
        sources=sources,
        titles=tuple(sorted(titles)),
    )


def _columns(rows: list[Any], width: int) -> tuple[tuple[str, ...], ...]:
    """The values of each column in order, without nulls."""
    return tuple(
        tuple(sorted({row[column] for row in rows if row[column] is not None}))
        for column in range(width)
    )
