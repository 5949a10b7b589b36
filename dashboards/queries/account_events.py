"""Query of the page Account events."""

from __future__ import annotations

from dashboards.answers import AccountEvents
from dashboards.queries.filters import (
    LONGEST,
    NUMBER,
    OF_TABLES,
    Connection,
    chosen,
    span,
    where,
)
from dashboards.selection import Selection

# Fields whose events are about one message, call, group or person; there may be very many of them.
OF_PEOPLE = (
    "automatic_events", "calls", "group_lifecycle_update", "group_participants_update",
    "group_settings_update", "group_status_update", "history", "messages", "smb_app_state_sync",
    "smb_message_echoes", "standby", "tracking_events", "user_id_update", "user_preferences",
)  # fmt: skip
# As many of the newest events of the account itself are listed, with so much of their JSON.
MOST = 500
LONGEST_VALUE = 20_000

# An event is received after it happens, unless clocks differ: so files before the range are left
# out by the time of receipt, by which they are sorted.
_WITHIN = f"""
FROM account_events
WHERE occurred_at >= $from AND occurred_at < $until AND received_at >= $from - INTERVAL 1 HOUR
    AND {where(*OF_TABLES)}
"""


def account_events(connection: Connection, selection: Selection) -> AccountEvents:
    """Events of the account and its numbers and templates, and counts of all other events."""
    params = span(selection) | chosen(selection, *OF_TABLES)
    own = {"of_people": list(OF_PEOPLE)}
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE account_cube AS
        SELECT
            time_bucket($step, occurred_at::TIMESTAMP) AS bucket,
            left(field, {LONGEST}) AS field,
            left(event, {LONGEST}) AS event,
            list_contains($of_people, field) AS of_people,
            count(*) AS events,
            max(occurred_at)::TIMESTAMP AS newest
        {_WITHIN} GROUP BY ALL
        """,
        params | own | {"step": selection.step},
    )
    return AccountEvents(
        series=connection.execute(
            "SELECT bucket, field, of_people, sum(events)::BIGINT AS events FROM account_cube "
            "GROUP BY ALL ORDER BY ALL"
        ).df(),
        counts=connection.execute(
            """
            SELECT
                field, event, of_people, sum(events)::BIGINT AS events, max(newest) AS newest
            FROM account_cube GROUP BY ALL ORDER BY of_people, events DESC, field, event
            """
        ).df(),
        newest=connection.execute(
            f"""
            SELECT
                occurred_at::TIMESTAMP AS occurred_at,
                {NUMBER} AS number,
                left(source, {LONGEST}) AS source,
                left(field, {LONGEST}) AS field,
                left(event, {LONGEST}) AS event,
                left(value, {LONGEST_VALUE}) AS value
            {_WITHIN} AND NOT list_contains($of_people, field)
            ORDER BY account_events.occurred_at DESC, event_id LIMIT {MOST}
            """,
            params | own,
        ).df(),
    )
