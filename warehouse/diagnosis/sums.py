"""The queries for the counts, over the table `rollups` itself.

The views `campaign_counts` and `outcome_waits` answer for each quarter of an hour and category,
with all names; that takes several times as long. These queries first sum what is asked for by ids,
and then look up the names.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warehouse import metrics
from warehouse.diagnosis.counts import QUARTER, SLOTS, WINDOWS
from warehouse.sql_literal import literal
from warehouse.views import part

# Names come from webhooks and can be long.
LONGEST = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_COUNTS = metrics.counts("outcome_counts")
_NAMES = f"left(source, {LONGEST}) AS source, left(display_phone_number, {LONGEST}) AS number"
# The place is a whole number for both period and slot. Of former periods, only the sums of whole
# windows are kept.
_STARTS = "CASE " + " ".join(
    f"WHEN back % {SLOTS} >= {slots} THEN {slots}" for slots in reversed(WINDOWS[:-1])
) + " ELSE 0 END"  # fmt: skip
_PLACE = f"CASE WHEN back < {SLOTS} THEN back ELSE back - back % {SLOTS} + {_STARTS} END AS place"
_PERIOD = f"place // {SLOTS} AS period, place % {SLOTS} AS slot"


def messages(start: datetime, end: datetime, period: timedelta) -> str:
    """The query for the column `messages` of Counts. The period 0 ends at `end`.

    Messages without an outcome are `open`, whatever their age: so no category is looked up.
    """
    of_campaigns = _rows("campaign", start, end, period)
    return f"""
    WITH summed AS (
        SELECT
            {_PLACE}, source, display_phone_number, campaign_id, market, dialect, error_code,
            {_COUNTS["messages"]} AS messages,
            {_COUNTS["delivered"]} AS arrived,
            {_COUNTS["failed"]} AS failed
        FROM ({of_campaigns})
        GROUP BY ALL
    ),
    kinds AS (
        SELECT
            * EXCLUDE (messages, arrived, failed),
            NULL::VARCHAR AS category,
            unnest(['ok', 'open', 'failed']) AS kind,
            unnest([arrived, messages - arrived - failed, failed]) AS messages
        FROM summed
    )
    SELECT
        {_PERIOD}, {_NAMES},
        CASE WHEN found.campaign_id IS NOT NULL THEN coalesce(campaign.name, 'other') END
            AS campaign,
        found.market, found.error_code,
        CASE WHEN kind = 'failed' THEN coalesce(names.family, 'unknown') END AS error_family,
        names.title AS error_title,
        found.dialect, kind, messages
    FROM (FROM kinds WHERE messages > 0) AS found
    {part("campaign_look_up")}
    {part("look_ups")}
    """


def waits(start: datetime, end: datetime, period: timedelta, now: datetime) -> str:
    """The query for the column `waits` of Counts. Messages count from the middle of a quarter."""
    quarter = _micros(QUARTER)
    delivered = f"(began - began % {quarter} + {quarter // 2} + seconds * 1_000_000)"
    moment = f"({_micros(now - EPOCH)} - back // {SLOTS} * {_micros(period)})"
    return f"""
    SELECT {_PERIOD}, {_NAMES}, seconds, messages, late
    FROM (
        SELECT
            {_PLACE}, source, display_phone_number, seconds,
            sum(messages)::BIGINT AS messages,
            coalesce(sum(messages) FILTER ({delivered} > {moment}), 0)::BIGINT AS late
        FROM ({_rows("deliver", start, end, period)})
        GROUP BY ALL
        HAVING sum(messages) <> 0
    )
    """


def _rows(kind: str, start: datetime, end: datetime, period: timedelta) -> str:
    """Rows of `rollups` with the slots back from the end, and the microsecond of their time."""
    # Literals instead of parameters: with them, DuckDB does not open files of other times.
    first, after = (f"{literal(limit.isoformat())}::TIMESTAMPTZ" for limit in (start, end))
    slot = _micros(period / SLOTS)
    return f"""
    SELECT
        *,
        epoch_us(time) AS began,
        ({_micros(end - EPOCH)} - epoch_us(time) - 1) // {slot} AS back
    FROM rollups
    WHERE kind = {literal(kind)} AND time >= {first} AND time < {after}
    """


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
