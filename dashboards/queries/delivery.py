"""Query of the page Delivery."""

from __future__ import annotations

import pandas as pd

from dashboards.answers import Delivery
from dashboards.queries.cube import COUNTS, count, groups, totals
from dashboards.queries.filters import Connection
from dashboards.queries.percentiles import percentiles, waits
from dashboards.selection import HOUR, Selection


def delivery(connection: Connection, selection: Selection) -> Delivery:
    """Rates over time and by group, and how long delivery and reading took."""
    count(connection, selection, fine=HOUR)
    counted = waits(connection, selection)
    return Delivery(
        now=totals(connection, current=True),
        series=connection.execute(
            f"SELECT bucket, number, category, {COUNTS} FROM cube GROUP BY ALL ORDER BY ALL"
        ).df(),
        groups=groups(connection, "number", "category"),
        waits=percentiles(counted, "what"),
        waits_series=percentiles(counted, "bucket", "what"),
        hours=_hours(connection),
    )


def _hours(connection: Connection) -> pd.DataFrame:
    """Counts by the weekday and hour in which messages began."""
    return connection.execute(
        f"SELECT isodow(time) AS weekday, hour(time) AS hour, {COUNTS} "
        "FROM cube GROUP BY ALL ORDER BY ALL"
    ).df()
