"""Queries of the pages Overview, Delivery and Failures."""

from __future__ import annotations

import pandas as pd

from dashboards.answers import Delivery, Failures, Overview
from dashboards.queries.counts import (
    CATEGORY,
    COUNTS,
    LONGEST,
    MESSAGES,
    NUMBER,
    Connection,
    count,
    filters,
    groups,
    narrow,
    row,
    totals,
    when,
)
from dashboards.queries.percentiles import percentiles
from dashboards.selection import Scope

SAMPLE = 200


def overview(connection: Connection, scope: Scope) -> Overview:
    """Totals of this period and the one before, error families, and counts by number."""
    count(connection, scope, compare=True)
    dead, dead_before = row(
        connection,
        """
        SELECT
            coalesce(sum(dead_letters) FILTER (minute >= $since), 0)::BIGINT,
            coalesce(sum(dead_letters) FILTER (minute < $since), 0)::BIGINT
        FROM dead_letter_counts
        WHERE minute >= $from AND minute < $until
            AND (len($sources) = 0 OR list_contains($sources, source))
        """,
        when(scope, compare=True) | {"since": scope.since, "sources": list(scope.choice.sources)},
    )
    return Overview(
        now=totals(connection, current=True),
        before=totals(connection, current=False),
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


def delivery(connection: Connection, scope: Scope) -> Delivery:
    """Rates over time and by group, and how long delivery and reading took."""
    count(connection, scope, waits=True)
    return Delivery(
        now=totals(connection, current=True),
        series=connection.execute(
            f"SELECT bucket, number, category, {COUNTS} FROM cube GROUP BY ALL ORDER BY ALL"
        ).df(),
        groups=groups(connection, "number", "category"),
        waits=percentiles(connection, "what"),
        waits_series=percentiles(connection, "bucket", "what"),
    )


def failures(connection: Connection, scope: Scope) -> Failures:
    """Failed messages by family and by code, with what to do about each."""
    count(connection, scope, compare=True)
    return Failures(
        now=totals(connection, current=True),
        before=totals(connection, current=False),
        series=connection.execute(
            """
            SELECT bucket, family, sum(messages)::BIGINT AS messages
            FROM cube WHERE current AND outcome = 'failed' GROUP BY ALL ORDER BY ALL
            """
        ).df(),
        codes=_codes(connection),
    )


def failed_messages(
    connection: Connection, scope: Scope, dialect: str, code: int | None
) -> pd.DataFrame:
    """The newest messages that failed with a code: failed_at, message_id, number, category."""
    narrow(connection, scope.since, scope.until)
    return connection.execute(
        f"""
        SELECT failed_at::TIMESTAMP AS failed_at, left(message_id, {2 * LONGEST}) AS message_id,
            {NUMBER} AS number, {CATEGORY} AS category
        {MESSAGES} AND outcome = 'failed' AND dialect = $dialect
            AND error_code IS NOT DISTINCT FROM $code
        ORDER BY failed_at DESC, outcomes.message_id LIMIT {SAMPLE}
        """,
        filters(scope) | {"dialect": dialect, "code": code},
    ).df()


def _codes(connection: Connection) -> pd.DataFrame:
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


def _families(connection: Connection) -> pd.DataFrame:
    """Failed messages by family, each with its most frequent code."""
    connection.register("codes", _codes(connection))
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
