"""Queries of the page Messages."""

from __future__ import annotations

from dashboards.answers import AnyMessage, MessageEvents
from dashboards.queries.filters import LONGEST, NUMBER, Connection, masked, row
from dashboards.selection import Selection

# More events than this of one message are not shown.
MOST = 500

_EVENTS = f"""
SELECT
    kind,
    left(name, {LONGEST}) AS name,
    occurred_at::TIMESTAMP AS occurred_at,
    received_at::TIMESTAMP AS received_at,
    source,
    dialect,
    {NUMBER} AS number,
    {masked("person")} AS person,
    left(other_message_id, {2 * LONGEST}) AS other_message_id,
    campaign,
    left(concat_ws(' · ', pricing_model, pricing_type, category), {LONGEST}) AS pricing,
    billable,
    found.error_code::VARCHAR AS error_code,
    left(error_title, {2 * LONGEST}) AS error_title,
    advice.action,
    advice.retry,
    topic,
    partition,
    "offset"
FROM message_events AS found
LEFT JOIN error_advice AS advice
    ON advice.error_code = found.error_code AND advice.family = found.error_family
WHERE message_id = $wanted
ORDER BY found.occurred_at, found.received_at, found."offset"
LIMIT {MOST}
"""


def any_message(connection: Connection, selection: Selection) -> AnyMessage:
    """Whether there is a message at all; the time range does not matter."""
    del selection
    (found,) = row(connection, "SELECT count(*) FROM (SELECT 1 FROM dimensions() LIMIT 1)")
    return AnyMessage(bool(found))


def message_events(connection: Connection, selection: Selection, wanted: str) -> MessageEvents:
    """All that landed about a message, oldest first; people are masked."""
    del selection
    events = connection.execute(_EVENTS, {"wanted": wanted}).df()
    return MessageEvents(
        statuses=events[events["kind"] == "status"], others=events[events["kind"] != "status"]
    )
