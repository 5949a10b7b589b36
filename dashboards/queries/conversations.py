"""Query of the page Conversations."""

from __future__ import annotations

from dashboards.answers import Conversations
from dashboards.queries.filters import OF_CONVERSATIONS, Connection, chosen, days, named, where
from dashboards.selection import Selection


def conversations(connection: Connection, selection: Selection) -> Conversations:
    """Where conversations came from, in whole days, by account and number."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE origins AS
        SELECT
            time_bucket($step, day::TIMESTAMP) AS bucket,
            origin_basis,
            {named("origin")} AS origin,
            sum(coalesce(conversations, messages))::BIGINT AS counted,
            sum(messages)::BIGINT AS messages
        FROM conversations($from, $until) WHERE {where(*OF_CONVERSATIONS)}
        GROUP BY ALL
        """,
        days(selection) | chosen(selection, *OF_CONVERSATIONS) | {"step": selection.day_step},
    )
    sums = "sum(counted)::BIGINT AS counted, sum(messages)::BIGINT AS messages"
    return Conversations(
        series=connection.execute("FROM origins ORDER BY ALL").df(),
        origins=connection.execute(
            f"SELECT origin_basis, origin, {sums} FROM origins "
            "GROUP BY ALL ORDER BY origin_basis, counted DESC, origin"
        ).df(),
    )
