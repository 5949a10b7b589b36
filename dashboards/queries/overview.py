"""Query of the page Overview."""

from __future__ import annotations

import pandas as pd

from dashboards.answers import Overview
from dashboards.queries.comparison import period_before
from dashboards.queries.cube import COUNTS, count, groups, totals
from dashboards.queries.failures import codes
from dashboards.queries.filters import Connection, chosen, measured, span, where
from dashboards.selection import Selection


def overview(connection: Connection, selection: Selection) -> Overview:
    """Totals of this period and the one before, error families, and counts by number."""
    count(connection, selection, compare=True)
    dead, dead_before = (
        measured(
            connection,
            "dead_letter_counts",
            f"dead_letter_counts($from, $until) WHERE {where('sources')}",
            period | chosen(selection, "sources"),
        )["dead_letters"]
        for period in (span(selection), {"from": selection.before, "until": selection.since})
    )
    return Overview(
        now=totals(connection, current=True),
        before=period_before(connection, selection),
        dead_letters=dead,
        dead_letters_before=dead_before,
        series=connection.execute(
            f"""
            SELECT bucket, {COUNTS}
            FROM buckets LEFT JOIN (FROM cube WHERE current) USING (bucket)
            GROUP BY bucket ORDER BY bucket
            """
        ).df(),
        families=_families(connection),
        numbers=groups(connection, "number"),
    )


def _families(connection: Connection) -> pd.DataFrame:
    """Failed messages by family, each with its most frequent code."""
    connection.register("codes", codes(connection))
    return connection.execute(
        """
        SELECT
            family,
            sum(messages)::BIGINT AS messages,
            sum(share) AS share,
            arg_max(title, messages) AS title,
            arg_max(action, messages) AS action
        FROM codes GROUP BY family ORDER BY messages DESC, family
        """
    ).df()
