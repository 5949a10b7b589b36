"""Queries of the page Campaigns."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from dashboards.answers import Campaigns, Totals
from dashboards.queries.cube import COUNTS
from dashboards.queries.filters import (
    CATEGORY,
    CODE,
    NUMBER,
    OF_CAMPAIGNS,
    OUTCOME,
    WHOLE,
    Connection,
    chosen,
    masked,
    measured,
    row,
    span,
    where,
)
from dashboards.selection import DAY, Selection

FILTERS = where(*OF_CAMPAIGNS)
PARAMETERS = (*OF_CAMPAIGNS, "codes")
_CODE = CODE.replace("error_code", "failed.error_code")
# As many rows of failed recipients are shown; a download has all.
SAMPLE = 200

_COUNTED = f"""
CREATE OR REPLACE TEMP TABLE campaign_cube AS
SELECT campaign, {CATEGORY} AS category, category_basis, {OUTCOME} AS outcome, messages
FROM campaign_counts($from, $until, $step)
WHERE {FILTERS}
"""

# The newest first, with what a person needs to repair it. `person` can be found by nobody else.
_FAILED = f"""
SELECT
    failed_at::TIMESTAMP AS failed_at,
    campaign,
    {masked("coalesce(participant_id, recipient_id, recipient_user_id)")} AS recipient,
    market,
    failed.error_code,
    coalesce(left(error_title, 200), 'Error ' || failed.error_code, 'No error given') AS reason,
    coalesce(advice.action, '') AS action,
    {NUMBER} AS number,
    left(message_id, 200) AS message_id
FROM failed_messages($from, $until, $wanted) AS failed
LEFT JOIN error_advice AS advice
    ON advice.error_code = failed.error_code AND advice.family = failed.error_family
WHERE {FILTERS} AND (len($codes) = 0 OR list_contains($codes, {_CODE}))
"""


def campaigns(connection: Connection, selection: Selection) -> Campaigns:
    """Counts of each campaign, and of the messages without one."""
    connection.execute(
        _COUNTED,
        {"step": WHOLE} | span(selection) | chosen(selection, *PARAMETERS),
    )
    (without,) = row(
        connection,
        "SELECT coalesce(sum(messages), 0)::BIGINT FROM campaign_cube WHERE campaign IS NULL",
    )
    return Campaigns(
        now=Totals(
            **measured(connection, "outcome_counts", "campaign_cube WHERE campaign IS NOT NULL")
        ),
        without=int(without),
        campaigns=connection.execute(
            f"""
            SELECT
                campaign,
                CASE WHEN count(DISTINCT category) = 1 THEN any_value(category) END AS category,
                coalesce(sum(messages) FILTER (category_basis = 'inferred'), 0)::BIGINT AS inferred,
                {COUNTS}
            FROM campaign_cube WHERE campaign IS NOT NULL
            GROUP BY campaign ORDER BY messages DESC, campaign
            """
        ).df(),
    )


def campaign_series(
    connection: Connection, selection: Selection, names: tuple[str, ...]
) -> pd.DataFrame:
    """Counts of these campaigns over time: bucket, campaign, counts."""
    return connection.execute(
        f"""
        SELECT time_bucket($step, time) AS bucket, campaign, {COUNTS}
        FROM (
            SELECT time::TIMESTAMP AS time, campaign, {OUTCOME} AS outcome, messages
            FROM campaign_counts($from, $until, $fine)
            WHERE {FILTERS} AND list_contains($names, campaign)
        )
        GROUP BY ALL ORDER BY ALL
        """,
        {"step": selection.step, "fine": min(selection.step, DAY)} | _of(selection, names),
    ).df()


def failed_recipients(
    connection: Connection, selection: Selection, names: tuple[str, ...]
) -> pd.DataFrame:
    """The newest SAMPLE failed messages of these campaigns, with reason and advice."""
    failed, params = _failed(selection, names)
    return connection.execute(
        f"{failed} ORDER BY failed_at DESC, message_id LIMIT {SAMPLE}", params
    ).df()


def all_failed_recipients(
    connection: Connection, selection: Selection, names: tuple[str, ...]
) -> pa.Table:
    """All failed messages of these campaigns, in no order: up to millions of rows."""
    return connection.execute(*_failed(selection, names)).to_arrow_table()


def _failed(selection: Selection, names: tuple[str, ...]) -> tuple[str, dict[str, object]]:
    """SQL and parameters of the failed messages of these campaigns, each looked for by itself."""
    each = [_FAILED.replace("$wanted", f"$wanted{at}") for at in range(len(names))]
    params = span(selection) | chosen(selection, *PARAMETERS)
    return " UNION ALL ".join(each), params | {f"wanted{at}": n for at, n in enumerate(names)}


def _of(selection: Selection, names: tuple[str, ...]) -> dict[str, object]:
    return span(selection) | chosen(selection, *PARAMETERS) | {"names": list(names)}
