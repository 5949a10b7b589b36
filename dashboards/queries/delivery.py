"""Query of the page Delivery."""

from __future__ import annotations

import pandas as pd

from dashboards.answers import Delivery
from dashboards.queries.cube import COUNTS, count, groups, sums_for, totals
from dashboards.queries.filters import Connection, chosen, span, where
from dashboards.queries.percentiles import percentiles, waits
from dashboards.selection import Selection


def delivery(connection: Connection, selection: Selection) -> Delivery:
    """Rates over time and by group, and how long delivery and reading took."""
    count(connection, selection)
    counted = waits(connection, selection)
    return Delivery(
        now=totals(connection, current=True),
        series=connection.execute(
            f"SELECT bucket, number, category, {COUNTS} FROM cube GROUP BY ALL ORDER BY ALL"
        ).df(),
        groups=groups(connection, "number", "category"),
        waits=percentiles(counted, "what"),
        waits_series=percentiles(counted, "bucket", "what"),
        hours=_hours(connection, selection),
    )


def _hours(connection: Connection, selection: Selection) -> pd.DataFrame:
    """Counts by the weekday and hour in which messages began."""
    view, names = sums_for(selection.choice)
    return connection.execute(
        f"""
        SELECT isodow(time::TIMESTAMP) AS weekday, hour(time::TIMESTAMP) AS hour, {COUNTS}
        FROM {view}($from, $until, INTERVAL 1 HOUR) WHERE {where(*names)}
        GROUP BY ALL ORDER BY ALL
        """,
        span(selection) | chosen(selection, *names),
    ).df()
