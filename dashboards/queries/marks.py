"""Query of the account events that charts over time mark."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboards.queries.filters import LONGEST, OF_TABLES, Connection, chosen, span, where
from dashboards.selection import Selection

# What can change how messages arrive: quality, limits, stopped templates, restrictions.
FIELDS = (
    "account_alerts", "account_review_update", "account_update", "business_capability_update",
    "message_template_quality_update", "message_template_status_update",
    "phone_number_quality_update", "template_category_update",
)  # fmt: skip
# The newest are read; charts mark fewer.
MOST = 500
LONGEST_VALUE = 5_000

# An event without a number concerns all numbers of its account.
_MARKS = f"""
SELECT
    occurred_at::TIMESTAMP AS occurred_at,
    left(display_phone_number, {LONGEST}) AS number,
    left(field, {LONGEST}) AS field,
    left(event, {LONGEST}) AS event,
    left(value, {LONGEST_VALUE}) AS value
FROM account_events
WHERE occurred_at >= $from AND occurred_at < $until AND received_at >= $from - INTERVAL 1 HOUR
    AND list_contains($fields, field)
    AND (({where(*OF_TABLES)}) OR (display_phone_number IS NULL AND {where("accounts", "sources")}))
ORDER BY account_events.occurred_at DESC, event_id LIMIT {MOST}
"""


def marks(connection: Connection, selection: Selection) -> pd.DataFrame:
    """The newest events, at most MOST: occurred_at, number (or null), field, event, value."""
    params: dict[str, Any] = span(selection) | chosen(selection, *OF_TABLES)
    return connection.execute(_MARKS, params | {"fields": list(FIELDS)}).df()
