"""Query of the page Countries."""

from __future__ import annotations

from dashboards.answers import Countries, Totals
from dashboards.queries.cube import COUNTS
from dashboards.queries.filters import (
    MARKET,
    NOT_STATED,
    OF_CAMPAIGNS,
    OUTCOME,
    WHOLE,
    Connection,
    chosen,
    measured,
    span,
    where,
)
from dashboards.selection import Selection

_COUNTED = f"""
CREATE OR REPLACE TEMP TABLE market_cube AS
SELECT
    {MARKET} AS market, {OUTCOME} AS outcome, error_code,
    CASE WHEN outcome = 'failed' THEN coalesce(error_family, '{NOT_STATED}') END AS family,
    coalesce(error_title, 'Error ' || error_code, 'No error given') AS title,
    messages
FROM campaign_counts($from, $until, $step)
WHERE {where(*OF_CAMPAIGNS)}
"""

# The code with which most messages of a market failed.
_TOP = """
SELECT market, arg_max(title, failed) AS reason, arg_max(action, failed) AS action
FROM (
    SELECT
        counted.market, any_value(counted.title) AS title,
        any_value(advice.action) AS action, sum(counted.messages) AS failed
    FROM market_cube AS counted
    LEFT JOIN error_advice AS advice
        ON advice.error_code = counted.error_code AND advice.family = counted.family
    WHERE counted.outcome = 'failed'
    GROUP BY counted.market, counted.error_code, counted.family
)
GROUP BY market
"""


def countries(connection: Connection, selection: Selection) -> Countries:
    """Counts and failures by the market of the recipient."""
    connection.execute(
        _COUNTED,
        {"step": WHOLE} | span(selection) | chosen(selection, *OF_CAMPAIGNS, "codes"),
    )
    return Countries(
        now=Totals(**measured(connection, "outcome_counts", "market_cube")),
        markets=connection.execute(
            f"""
            SELECT counts.*, top.reason, top.action
            FROM (SELECT market, {COUNTS} FROM market_cube GROUP BY market) AS counts
            LEFT JOIN ({_TOP}) AS top ON top.market = counts.market
            ORDER BY messages DESC, counts.market
            """
        ).df(),
        failures=connection.execute(
            """
            SELECT market, family, sum(messages)::BIGINT AS messages
            FROM market_cube WHERE outcome = 'failed'
            GROUP BY ALL ORDER BY messages DESC, market, family
            """
        ).df(),
    )
