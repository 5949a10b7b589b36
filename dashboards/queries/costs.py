"""Costs for the page Pricing, by the user's rates. Money is decimal: sums are exact."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from dashboards.answers import Costs, Month
from dashboards.queries.comparison import LATELY, LOOK_BACK
from dashboards.queries.filters import (
    CATEGORY,
    NOT_STATED,
    NUMBER,
    OF_BILLING,
    Connection,
    chosen,
    row,
    where,
)
from dashboards.selection import DAY, MINUTE, Selection

_COST = "coalesce(sum(cost), 0)"
CHOSEN = where(*OF_BILLING)
# The free tier is of one category, and of all markets.
_OF_TIER = ("accounts", "numbers")
# The price of a message, and how many of the month the tier still has, by the rates of today.
_TIERS = """
WITH month AS (
    SELECT market, category, sum(units)::BIGINT AS units
    FROM priced
    WHERE verdict = 'billable' AND price IS NOT NULL AND day >= $month::DATE
    GROUP BY ALL
),
today AS (
    SELECT *
    FROM rates
    WHERE type = 'regular' AND coalesce(valid_from, '-infinity') <= $now::DATE
    QUALIFY rank() OVER (
        PARTITION BY market, category ORDER BY coalesce(valid_from, '-infinity') DESC
    ) = 1
)
SELECT
    market, category, any_value(units) AS units,
    arg_max(price, from_units) FILTER (from_units <= units + 1) AS price,
    min(from_units) FILTER (from_units > units + 1) AS next_from,
    arg_min(price, from_units) FILTER (from_units > units + 1) AS next_price
FROM month JOIN today USING (market, category)
GROUP BY market, category
HAVING count(*) > 1
ORDER BY units DESC, market, category
"""
# What `priced` has of this month.
_OF_MONTH = "(FROM priced WHERE day >= $month::DATE)"
# The provider says which service messages are free: they are not reckoned here.
_FREE_TIER = f"""
SELECT
    {NUMBER} AS number,
    coalesce(sum(units) FILTER (
        pricing_type IN ('free_customer_service', 'free_group_customer_service')
    ), 0)::BIGINT AS free,
    coalesce(sum(units) FILTER (verdict = 'billable'), 0)::BIGINT AS charged
FROM {{}}
WHERE category IN ('service', 'group_service') AND {where(*_OF_TIER)}
GROUP BY ALL
ORDER BY free DESC, charged DESC, number
"""


# The chosen days of `priced`.
OF_DAYS = "(FROM priced WHERE day >= $from::DATE AND day < $until::DATE)"


def price(connection: Connection, selection: Selection) -> str | None:
    """Fills `priced` with the costs of the chosen days and of this month; returns the currency.

    None without rates. All of it is read once, because the place of each message in its month
    decides its price.
    """
    (currency,) = row(connection, "SELECT any_value(currency) FROM rates")
    if currency is None:
        return None
    month, _ = months(selection)
    since, until = selection.midnights
    spans = [(since, until), (month, selection.now)]
    if until > month:
        spans = [(min(since, month), max(until, selection.now))]
    read = " UNION ALL ".join("FROM costs(?, ?)" for _ in spans)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE priced AS {read}",
        [limit for span in spans for limit in span],
    )
    return str(currency)


def costs(connection: Connection, selection: Selection, currency: str | None) -> Costs:
    """What the chosen whole days cost, and the month of `selection.now` until then.

    Reads `priced`, and `charges`: its rows of the chosen days and filters.
    """
    params = chosen(selection, *OF_BILLING)
    month, last_month = months(selection)
    since = {"month": month}
    of_tier = chosen(selection, *_OF_TIER)
    if currency is None:  # then only the free tier is shown
        source = "billing($month, $now)"
        of_tier |= since | {"now": selection.now}
        return _without_rates(_frame(connection, _FREE_TIER.format(source), of_tier))
    (cost,) = row(connection, f"SELECT {_COST} FROM charges")
    return Costs(
        currency=currency,
        cost=Decimal(cost),
        priced=_frame(
            connection,
            f"SELECT market, {CATEGORY} AS category, sum(units)::BIGINT AS units, "
            "sum(cost) AS cost FROM charges WHERE cost IS NOT NULL GROUP BY ALL "
            "ORDER BY cost DESC, units DESC, market, category",
        ),
        unpriced=_frame(
            connection,
            f"SELECT coalesce(market, '{NOT_STATED}') AS market, {CATEGORY} AS category, "
            "unpriced, sum(units)::BIGINT AS units FROM charges WHERE cost IS NULL GROUP BY ALL "
            "ORDER BY units DESC, market, category, unpriced",
        ),
        month=_month(connection, f"priced WHERE day >= $month::DATE AND {CHOSEN}", since | params),
        last_month=_last_month(connection, last_month, params),
        tiers=_frame(connection, _TIERS, since | {"now": selection.now}),
        free_tier=_frame(connection, _FREE_TIER.format(_OF_MONTH), since | of_tier),
    )


def _without_rates(free_tier: pd.DataFrame) -> Costs:
    return Costs(
        currency=None,
        cost=Decimal(0),
        priced=pd.DataFrame(columns=["market", "category", "units", "cost"]),
        unpriced=pd.DataFrame(columns=["market", "category", "unpriced", "units"]),
        month=Month(Decimal(0), 0),
        last_month=None,
        tiers=pd.DataFrame(),
        free_tier=free_tier,
    )


def months(selection: Selection) -> tuple[datetime, tuple[datetime, datetime]]:
    """The first moment of this month; and the month before, by the clock as far as this one is now,
    or a shorter month as a whole."""
    shown = selection.clock(selection.now)
    month = _beginning(shown)
    before = _beginning(month - DAY)
    until = min(before + (shown - month), month)
    return selection.moment(month), (selection.moment(before), selection.moment(until))


def _beginning(shown: datetime) -> datetime:
    return shown.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)


def _last_month(
    connection: Connection, period: tuple[datetime, datetime], params: dict[str, Any]
) -> Month | None:
    """None if the warehouse does not cover all of it."""
    since, until = period
    if not any(_billed(connection, since - back, since, params) for back in (LATELY, LOOK_BACK)):
        return None
    source = f"costs($from, $until) WHERE {CHOSEN}"
    return _month(connection, source, {"from": since, "until": until} | params)


def _billed(
    connection: Connection, since: datetime, until: datetime, params: dict[str, Any]
) -> bool:
    """Whether the warehouse has such deliveries from `since` to the minute of `until`."""
    (found,) = row(
        connection,
        f"SELECT count(*) FROM billing($from, $until) WHERE {CHOSEN}",
        {"from": since, "until": until + MINUTE} | params,
    )
    return bool(found)


def _month(connection: Connection, source: str, params: dict[str, Any]) -> Month:
    cost, unpriced = row(
        connection,
        f"SELECT {_COST}, coalesce(sum(units) FILTER (cost IS NULL), 0)::BIGINT FROM {source}",
        params,
    )
    return Month(Decimal(cost), int(unpriced))


def _frame(connection: Connection, sql: str, params: dict[str, Any] | None = None) -> pd.DataFrame:
    """The rows of a query. Decimals stay decimals, unlike in `df()`."""
    found = connection.execute(sql, params or {})
    names = [column[0] for column in found.description or ()]
    return pd.DataFrame(found.fetchall(), columns=names)
