"""Query of the page Inbound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboards.answers import Answers, Inbound
from dashboards.queries.filters import (
    LONGEST,
    NUMBER,
    OF_TABLES,
    Connection,
    chosen,
    row,
    span,
    where,
)
from dashboards.selection import DAY, Selection

# Service windows and answers are looked for in ranges up to this one: each message counts there.
LONGEST_ANSWERED = 2 * DAY
# How long a person's message keeps a service window open.
WINDOW = timedelta(hours=24)
# As many ads and posts are listed.
MOST = 200

# An event is received after it happens, unless clocks differ: so files before the range are left
# out by the time of receipt, by which they are sorted.
_MESSAGES = f"""
FROM messages
WHERE channel IN ('messages', 'standby') AND occurred_at >= $from AND occurred_at < $until
    AND received_at >= $from - INTERVAL 1 HOUR AND {where(*OF_TABLES)}
"""
# Null if only the country of a person is kept: it is that of others too.
_KEPT = "CASE WHEN NOT regexp_full_match({0}, '[0-9]{{1,4}}|[A-Z]{{2}}[.]') THEN {0} END"
PERSON = _KEPT.format("coalesce(sender_id, sender_user_id)")
RECIPIENT = _KEPT.format("coalesce(recipient_id, recipient_user_id)")

_COUNTED = f"""
CREATE OR REPLACE TEMP TABLE inbound_cube AS
SELECT
    time_bucket($step, occurred_at::TIMESTAMP) AS bucket,
    {NUMBER} AS number,
    left(type, {LONGEST}) AS type,
    CASE WHEN coalesce(referral_source_type, referral_source_id, ctwa_clid) IS NOT NULL
        THEN coalesce(left(referral_source_type, {LONGEST}), 'not stated') END AS referral,
    left(referral_source_id, {LONGEST}) AS referral_id,
    {PERSON} AS person,
    count(*) AS messages
{_MESSAGES} GROUP BY ALL
"""

_PREFERENCES = f"""
SELECT
    count(*) FILTER (lower(event) = 'stop'), count(*) FILTER (lower(event) IN ('resume', 'signup'))
FROM account_events
WHERE field = 'user_preferences' AND occurred_at >= $from AND occurred_at < $until
    AND received_at >= $from - INTERVAL 1 HOUR AND {where(*OF_TABLES)}
"""

# A message opens a service window if the same person wrote nothing to the same number in the 24
# hours before it. Its answer is the next message that was sent to the person within the window.
_ANSWERS = f"""
WITH arrived AS (
    SELECT DISTINCT display_phone_number AS number, {PERSON} AS person, occurred_at
    FROM messages
    WHERE channel IN ('messages', 'standby')
        AND occurred_at >= $from - $window AND occurred_at < $until
        AND received_at >= $from - $window - INTERVAL 1 HOUR AND {where(*OF_TABLES)}
        AND {PERSON} IS NOT NULL
), opened AS (
    SELECT found.number, found.person, found.occurred_at
    FROM arrived AS found
    ASOF LEFT JOIN arrived AS before
        ON found.number = before.number AND found.person = before.person
            AND found.occurred_at > before.occurred_at
    WHERE found.occurred_at >= $from
        AND (before.occurred_at IS NULL OR found.occurred_at - before.occurred_at >= $window)
), sent AS (
    SELECT
        display_phone_number AS number, {RECIPIENT} AS person, occurred_at
    FROM statuses
    WHERE kind = 'message' AND status = 'sent' AND channel IN ('messages', 'standby')
        AND occurred_at >= $from AND occurred_at < $until + $window
        AND received_at >= $from - INTERVAL 1 HOUR AND {where(*OF_TABLES)}
), answered AS (
    SELECT date_diff('second', opened.occurred_at, sent.occurred_at) AS seconds
    FROM opened
    ASOF LEFT JOIN sent
        ON opened.number = sent.number AND opened.person = sent.person
            AND opened.occurred_at <= sent.occurred_at
)
SELECT
    count(*),
    count(*) FILTER (seconds < $seconds),
    quantile_disc(seconds, 0.5) FILTER (seconds < $seconds),
    quantile_disc(seconds, 0.9) FILTER (seconds < $seconds)
FROM answered
"""


def inbound(connection: Connection, selection: Selection) -> Inbound:
    """Messages from people by type and origin, and how soon they are answered."""
    params = span(selection) | chosen(selection, *OF_TABLES)
    connection.execute(_COUNTED, params | {"step": selection.step})
    messages, people, referred = row(
        connection,
        "SELECT coalesce(sum(messages), 0)::BIGINT, count(DISTINCT person), "
        "coalesce(sum(messages) FILTER (referral IS NOT NULL), 0)::BIGINT FROM inbound_cube",
    )
    stopped, resumed = row(connection, _PREFERENCES, params)
    return Inbound(
        messages=messages,
        people=people,
        referred=referred,
        stopped=stopped,
        resumed=resumed,
        answers=_answers(connection, selection, params) if people or not messages else None,
        series=connection.execute(
            "SELECT bucket, type, sum(messages)::BIGINT AS messages FROM inbound_cube "
            "GROUP BY ALL ORDER BY ALL"
        ).df(),
        numbers=connection.execute(
            """
            SELECT
                number, sum(messages)::BIGINT AS messages, count(DISTINCT person) AS people,
                coalesce(sum(messages) FILTER (referral IS NOT NULL), 0)::BIGINT AS referred
            FROM inbound_cube GROUP BY number ORDER BY messages DESC, number
            """
        ).df(),
        referrals=connection.execute(
            f"""
            SELECT
                referral, referral_id, sum(messages)::BIGINT AS messages,
                count(DISTINCT person) AS people
            FROM inbound_cube WHERE referral IS NOT NULL
            GROUP BY ALL ORDER BY messages DESC, referral, referral_id LIMIT {MOST}
            """
        ).df(),
    )


def _answers(
    connection: Connection, selection: Selection, params: dict[str, Any]
) -> Answers | None:
    if selection.until - selection.since > LONGEST_ANSWERED:
        return None
    windows = {"window": WINDOW, "seconds": int(WINDOW.total_seconds())}
    return Answers(*row(connection, _ANSWERS, params | windows))
