"""Query of the page Overview."""

from __future__ import annotations

import pandas as pd

from dashboards.answers import Overview
from dashboards.queries.comparison import period_before
from dashboards.queries.cube import COUNTS, count, groups, totals
from dashboards.queries.failures import codes
from dashboards.queries.filters import Connection, chosen, span, where
from dashboards.selection import Selection
from warehouse.metrics import METRICS


def overview(connection: Connection, selection: Selection) -> Overview:
    """Totals of this period and the one before, error families, and counts by number."""
    count(connection, selection, compare=True)
    dead = _dead_letters(connection, selection)
    return Overview(
        now=totals(connection, current=True),
        before=period_before(connection, selection),
        dead_letters=dead.get(True, 0),
        dead_letters_before=dead.get(False, 0),
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


def _dead_letters(connection: Connection, selection: Selection) -> dict[bool, int]:
    """Dead letters of this period (True) and of the one before (False), as far as there are some.

    Periods begin with a minute.
    """
    return dict(
        connection.execute(
            f"SELECT minute >= $since, {METRICS['dead_letters'].sql} "
            f"FROM dead_letter_counts($from, $until) WHERE {where('sources')} GROUP BY ALL",
            {"since": selection.since}
            | span(selection, compare=True)
            | chosen(selection, "sources"),
        ).fetchall()
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
