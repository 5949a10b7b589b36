"""Filters and names that the queries of all pages share."""

from __future__ import annotations

from typing import Any

import duckdb

from dashboards.selection import DAY, Selection
from warehouse import metrics

Connection = duckdb.DuckDBPyConnection

NOT_STATED = "not stated"

# One step for all times, where no time is shown.
WHOLE = 36_500 * DAY

# Names come from webhooks and can be long: frames keep at most this many characters.
LONGEST = 100


def named(column: str) -> str:
    """A column of names, as far as it is shown, and what stands for none."""
    return f"coalesce(left({column}, {LONGEST}), '{NOT_STATED}')"


def masked(column: str) -> str:
    """An identifier of a person, of which only the ends are shown: 44…67."""
    return (
        f"CASE WHEN length({column}) < 8 THEN '…' "
        f"ELSE left({column}, 2) || '…' || right({column}, 2) END"
    )


NUMBER = named("display_phone_number")
CATEGORY = named("category")
MARKET = named("market")
# A code is the provider's: the same number can mean something else in another dialect.
CODE = "dialect || '-' || coalesce(error_code::VARCHAR, 'none')"
# Failures with another code count as messages, but not as failed: so rates stay shares of all.
OUTCOME = (
    f"CASE WHEN outcome = 'failed' AND len($codes) > 0 AND NOT list_contains($codes, {CODE}) "
    "THEN 'failed_otherwise' ELSE outcome END"
)

_COLUMNS = {
    "accounts": named("waba_id"),
    "numbers": NUMBER,
    "markets": MARKET,
    "campaigns": named("campaign"),
    "categories": CATEGORY,
    "sources": "source",
}
# The filters that each kind of sums can honour, because it is grouped by them.
OF_TABLES = ("accounts", "numbers", "sources")
OF_OUTCOMES = (*OF_TABLES, "categories")
OF_CAMPAIGNS = (*OF_OUTCOMES, "markets", "campaigns")
OF_BILLING = ("accounts", "numbers", "markets", "categories")
OF_CONVERSATIONS = ("accounts", "numbers")


def where(*names: str) -> str:
    """The condition of the filters with these names; `chosen` has its parameters."""
    return " AND ".join(
        f"(len(${name}) = 0 OR list_contains(${name}, {_COLUMNS[name]}))" for name in names
    )


def keep_footers(connection: Connection) -> None:
    """Lets queries of this connection keep what the files of the sums say of themselves.

    Each query of the sums reads that again. Not for queries of rows, whose files are many: for 836
    files, DuckDB kept 190 MB, and counted only a third of that for its memory limit.
    """
    connection.execute("SET SESSION parquet_metadata_cache = true")


def span(selection: Selection, *, compare: bool = False) -> dict[str, Any]:
    """The parameters $from and $until; with `compare` from the start of the period before."""
    return {"from": selection.before if compare else selection.since, "until": selection.until}


def days(selection: Selection) -> dict[str, Any]:
    """The same parameters for whole days: all days that the selection touches."""
    since, until = selection.midnights
    return {"from": since, "until": until}


def chosen(selection: Selection, *names: str) -> dict[str, Any]:
    """The values of the filters with these names."""
    return {name: list(getattr(selection.choice, name)) for name in names}


def measured(
    connection: Connection, relation: str, source: str, params: dict[str, Any] | None = None
) -> dict[str, int]:
    """The metrics of a view, without shares, over the rows of `source`, which stands after FROM."""
    counts = metrics.counts(relation)
    found = row(connection, f"SELECT {', '.join(counts.values())} FROM {source}", params)
    return dict(zip(counts, found, strict=True))


def row(connection: Connection, sql: str, params: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """The one row of an aggregate without groups."""
    (found,) = connection.execute(sql, params or {}).fetchall()
    return tuple(found)
