"""Queries of the pages Conversations and Pricing, and of filters and freshness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dashboards.answers import Conversations, Freshness, Options, Pricing
from dashboards.queries.counts import (
    BY_CATEGORY,
    BY_NUMBER,
    CATEGORY,
    LONGEST,
    NOT_STATED,
    NUMBER,
    Connection,
    named,
    narrow,
    narrow_to_days,
    row,
)
from dashboards.selection import DAY, Scope

# The newest event is looked for in this time first, which reads only the last files.
RECENT = timedelta(hours=1)
# The longest time of a conversation, and of a message until its delivery.
CONVERSATION = 7 * DAY
JOURNEY = 31 * DAY


def conversations(connection: Connection, scope: Scope) -> Conversations:
    """Where conversations came from, whole days; by number only, as the view knows no more."""
    params = narrow_to_days(connection, scope, lead=CONVERSATION, trail=CONVERSATION)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE origins AS
        SELECT
            time_bucket($step, day::TIMESTAMP) AS bucket,
            origin_basis,
            {named("origin")} AS origin,
            sum(coalesce(conversations, messages))::BIGINT AS counted,
            sum(messages)::BIGINT AS messages
        FROM conversations WHERE day BETWEEN $first AND $last AND {BY_NUMBER}
        GROUP BY ALL
        """,
        params | {"numbers": list(scope.choice.numbers), "step": scope.day_step},
    )
    sums = "sum(counted)::BIGINT AS counted, sum(messages)::BIGINT AS messages"
    return Conversations(
        series=connection.execute("FROM origins ORDER BY ALL").df(),
        origins=connection.execute(
            f"SELECT origin_basis, origin, {sums} FROM origins "
            "GROUP BY ALL ORDER BY origin_basis, counted DESC, origin"
        ).df(),
    )


def pricing(connection: Connection, scope: Scope) -> Pricing:
    """Units by the fields that decide their price, for whole days; by number and category."""
    params = narrow_to_days(connection, scope, lead=JOURNEY)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE charges AS
        SELECT * REPLACE (
            left(pricing_model, {LONGEST}) AS pricing_model,
            left(pricing_type, {LONGEST}) AS pricing_type,
            left(category, {LONGEST}) AS category
        )
        FROM billing WHERE day BETWEEN $first AND $last AND {BY_NUMBER} AND {BY_CATEGORY}
        """,
        params
        | {"numbers": list(scope.choice.numbers), "categories": list(scope.choice.categories)},
    )
    units = "sum(units)::BIGINT AS units"
    return Pricing(
        series=connection.execute(
            f"SELECT time_bucket($step, day::TIMESTAMP) AS bucket, verdict, {units} FROM charges "
            "GROUP BY ALL ORDER BY ALL",
            {"step": scope.day_step},
        ).df(),
        markets=connection.execute(
            f"SELECT coalesce(market, '{NOT_STATED}') AS market, verdict, {units} FROM charges "
            "GROUP BY ALL ORDER BY units DESC, market, verdict"
        ).df(),
        rows=connection.execute(
            f"SELECT pricing_model, pricing_type, category, market, verdict, {units} FROM charges "
            "GROUP BY ALL ORDER BY units DESC, pricing_model, pricing_type, category, market"
        ).df(),
    )


def options(connection: Connection, scope: Scope) -> Options:
    """Numbers, categories and sources for which there are messages."""
    narrow(connection, scope.since, scope.until)
    found = connection.execute(
        f"""
        SELECT {NUMBER} AS number, list(DISTINCT {CATEGORY}), list_sort(list(DISTINCT source))
        FROM dimensions GROUP BY number
        """
    ).fetchall()
    categories = {category for _, named, _ in found for category in named}
    # A message reported by several sources counts under the first of them by name. So the first
    # source of a number occurs; for the others, only each single message would tell.
    sources = {told[0] for *_, told in found}
    shared = [number for number, _, told in found if not sources.issuperset(told)]
    if shared:
        occurring = f"SELECT DISTINCT source FROM outcomes WHERE list_contains($shared, {NUMBER})"
        rows = connection.execute(occurring, {"shared": shared}).fetchall()
        sources.update(source for (source,) in rows)
    numbers = (number for number, *_ in found)
    return Options(*(tuple(sorted(values)) for values in (numbers, categories, sources)))


def freshness(connection: Connection, *, ever: bool = False) -> Freshness:
    """The age of the data; fast while data arrives.

    Of what is older than the newest event by more than RECENT nothing is said, unless asked of
    all that `ever` came.
    """
    recently = datetime.now(UTC) - RECENT
    for since in (None,) if ever else (recently, None):
        connection.execute("SET VARIABLE bluetick_since = $since", {"since": since})
        found = Freshness(
            *row(
                connection,
                "SELECT landed_at, received_at, status_at, dead_letter_at, partitions "
                "FROM freshness",
            )
        )
        if found.received_at:
            break
    return found
