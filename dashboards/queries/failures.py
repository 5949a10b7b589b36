"""Queries of the page Failures."""

from __future__ import annotations

import pandas as pd

from dashboards.answers import Failures
from dashboards.queries.comparison import period_before
from dashboards.queries.cube import count, totals
from dashboards.queries.filters import (
    CATEGORY,
    LONGEST,
    NUMBER,
    OF_CAMPAIGNS,
    Connection,
    chosen,
    span,
    where,
)
from dashboards.selection import Selection

SAMPLE = 200


def failures(connection: Connection, selection: Selection) -> Failures:
    """Failed messages by family and by code, with what to do about each."""
    count(connection, selection, compare=True)
    return Failures(
        now=totals(connection, current=True),
        before=period_before(connection, selection),
        series=connection.execute(
            """
            SELECT bucket, family, sum(messages)::BIGINT AS messages
            FROM cube WHERE current AND outcome = 'failed' GROUP BY ALL ORDER BY ALL
            """
        ).df(),
        codes=codes(connection),
    )


def failed_messages(
    connection: Connection, selection: Selection, dialect: str, code: int | None
) -> pd.DataFrame:
    """The newest messages that failed with a code: failed_at, message_id, number, category."""
    return connection.execute(
        f"""
        SELECT failed_at::TIMESTAMP AS failed_at, left(message_id, {2 * LONGEST}) AS message_id,
            {NUMBER} AS number, {CATEGORY} AS category
        FROM outcomes($from, $until) AS outcomes
        WHERE {where(*OF_CAMPAIGNS)}
            AND outcome = 'failed' AND dialect = $dialect
            AND error_code IS NOT DISTINCT FROM $code
        ORDER BY outcomes.failed_at DESC, outcomes.message_id LIMIT {SAMPLE}
        """,
        span(selection) | chosen(selection, *OF_CAMPAIGNS) | {"dialect": dialect, "code": code},
    ).df()


def codes(connection: Connection) -> pd.DataFrame:
    """Failed messages of the cube by code, with advice, share of all failures, and trend."""
    return connection.execute(
        """
        WITH failed AS (
            SELECT
                error_code, dialect, family, bucket, current,
                any_value(title) AS title,
                sum(messages) AS messages
            FROM cube WHERE outcome = 'failed' GROUP BY ALL
        ), codes AS (
            SELECT
                error_code,
                dialect,
                family,
                any_value(title) AS title,
                sum(messages) FILTER (current) AS messages,
                coalesce(sum(messages) FILTER (NOT current), 0)::BIGINT AS before
            FROM failed GROUP BY ALL HAVING count(*) FILTER (current) > 0
        ), trends AS (
            SELECT
                c.error_code, c.dialect, c.family,
                list(coalesce(f.messages, 0)::DOUBLE ORDER BY b.bucket) AS trend
            FROM codes c CROSS JOIN buckets b
            LEFT JOIN failed f ON f.current AND f.bucket = b.bucket AND f.dialect = c.dialect
                AND f.family = c.family AND f.error_code IS NOT DISTINCT FROM c.error_code
            GROUP BY ALL
        )
        SELECT
            c.error_code,
            c.dialect,
            c.family,
            coalesce(c.title, 'Error ' || c.error_code, 'No error given') AS title,
            coalesce(a.meaning, '') AS meaning,
            coalesce(a.action, '') AS action,
            coalesce(a.retry, '') AS retry,
            c.messages::BIGINT AS messages,
            c.before,
            c.messages / (SELECT sum(messages) FROM codes) AS share,
            t.trend
        FROM codes c
        JOIN trends t ON t.dialect = c.dialect AND t.family = c.family
            AND t.error_code IS NOT DISTINCT FROM c.error_code
        LEFT JOIN error_advice a ON a.error_code = c.error_code AND a.family = c.family
        ORDER BY messages DESC, c.error_code, c.dialect
        """
    ).df()
