"""Query of the page Pricing; see also costs.py."""

from __future__ import annotations

from dashboards.answers import Pricing
from dashboards.queries.costs import OF_DAYS, costs, price
from dashboards.queries.filters import (
    LONGEST,
    NOT_STATED,
    OF_BILLING,
    Connection,
    chosen,
    days,
    keep_footers,
    measured,
    where,
)
from dashboards.selection import Selection
from warehouse.metrics import METRICS


def pricing(connection: Connection, selection: Selection) -> Pricing:
    """Units by the fields that decide their price, for whole days."""
    keep_footers(connection)
    currency = price(connection, selection)
    counted = OF_DAYS if currency else "billing($from, $until)"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE charges AS
        SELECT * REPLACE (
            left(pricing_model, {LONGEST}) AS pricing_model,
            left(pricing_type, {LONGEST}) AS pricing_type,
            left(category, {LONGEST}) AS category
        )
        FROM {counted} WHERE {where(*OF_BILLING)}
        """,
        days(selection) | chosen(selection, *OF_BILLING),
    )
    units = f"{METRICS['units'].sql} AS units"
    return Pricing(
        now=measured(connection, "billing", "charges"),
        series=connection.execute(
            f"SELECT time_bucket($step, day::TIMESTAMP) AS bucket, verdict, {units} FROM charges "
            "GROUP BY ALL ORDER BY ALL",
            {"step": selection.day_step},
        ).df(),
        markets=connection.execute(
            f"SELECT coalesce(market, '{NOT_STATED}') AS market, verdict, {units} FROM charges "
            "GROUP BY ALL ORDER BY units DESC, market, verdict"
        ).df(),
        rows=connection.execute(
            f"SELECT pricing_model, pricing_type, category, market, verdict, {units} FROM charges "
            "GROUP BY ALL "
            "ORDER BY units DESC, pricing_model, pricing_type, category, market"
        ).df(),
        costs=costs(connection, selection, currency),
    )
