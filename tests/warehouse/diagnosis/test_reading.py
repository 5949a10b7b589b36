"""What a diagnosis reads is what the views say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.support.lake import Lake
from warehouse.connection import create
from warehouse.diagnosis.counts import DAY, QUARTER, SLOTS, WINDOWS, Counts
from warehouse.diagnosis.reading import counts

NOW = datetime(2026, 11, 25, 14, 34, 20, tzinfo=UTC)
MINUTE = NOW.replace(second=0)  # sums have whole minutes
KINDS = {"sent": "open", "no_outcome": "open", "delivered": "ok", "read": "ok", "failed": "failed"}


def pick(name: str, values: str) -> str:
    """One of a list of values, by chance."""
    return f"list_extract([{values}], 1 + (hash(n, '{name}') % len([{values}]))::BIGINT)"


# Some of these cancel each other out, and some are before all periods or after NOW.
SUMS = f"""
SELECT
    {pick("kind", "'campaign', 'campaign', 'deliver', 'read'")} AS kind,
    TIMESTAMPTZ '{MINUTE.isoformat()}' - to_minutes((hash(n, 'time') % 33_000)::BIGINT - 60)
        AS time,
    {pick("source", "'meta', 'bsp', repeat('s', 200)")} AS source,
    {pick("number", "'15550001111', '15550002222', NULL")} AS display_phone_number,
    {pick("category", "'utility', 'marketing', NULL")} AS category,
    {pick("campaign", "0, 1, 2, 3, NULL")} AS campaign_id,
    CASE kind WHEN 'campaign' THEN {pick("market", "'Brazil', 'India', NULL")} END AS market,
    CASE kind WHEN 'campaign' THEN {pick("outcome", "'open', 'delivered', 'read', 'failed'")} END
        AS outcome,
    CASE outcome WHEN 'failed' THEN {pick("dialect", "'cloud', 'on-premises'")} END AS dialect,
    CASE outcome WHEN 'failed' THEN {pick("code", "131026, 470, 1, NULL")} END AS error_code,
    CASE WHEN kind <> 'campaign' THEN pow(10, hash(n, 'seconds') % 6)::BIGINT END AS seconds,
    unnest(CASE WHEN n % 10 = 0 THEN [2, -2] ELSE [1 + n % 7] END) AS messages
FROM range(6_000) AS made(n)
"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with sums of all shapes."""
    with Lake(tmp_path_factory.mktemp("sums")).connection as connection:
        create(connection)
        connection.execute(
            "INSERT INTO campaigns BY NAME "
            "SELECT unnest([1, 2, 3]) AS campaign_id, unnest(['sale', 'news', 'news']) AS name"
        )
        connection.execute(f"INSERT INTO rollups BY NAME {SUMS}")
        yield connection


def place(counted: Counts, time: datetime) -> tuple[int, int]:
    """The period and the slot of a time."""
    back = -((time - counted.end) // counted.slot) - 1
    period, slot = divmod(back, SLOTS)
    return period, max(at for at in (0, *WINDOWS) if at <= slot) if period else slot


def viewed(
    connection: duckdb.DuckDBPyConnection, counted: Counts, view: str, columns: str
) -> list[tuple[Any, ...]]:
    """Rows of a view in the periods, with the time first and the messages last."""
    known = {"from": NOW - 30 * DAY, "end": counted.end}
    rows = connection.execute(
        f"SELECT time, left(source, 100), display_phone_number, {columns}, messages "
        f"FROM {view}($from, $end) {'' if view == 'campaign_counts' else 'WHERE wait = $wait'}",
        known if view == "campaign_counts" else known | {"wait": "deliver"},
    ).fetchall()
    periods = 15 if counted.period == DAY else 5
    return [row for row in rows if place(counted, row[0])[0] < periods]


def added(table: pa.Table, names: tuple[str, ...], of: str = "messages") -> Counter[Any]:
    """The messages by the values of some columns."""
    found: Counter[Any] = Counter()
    for row in table.to_pylist():
        found[tuple(row[name] for name in names)] += row[of]
    return found


@pytest.mark.parametrize("days", [1, 3])
def test_the_counts_are_those_of_the_views(
    connection: duckdb.DuckDBPyConnection, days: int
) -> None:
    counted = counts(connection, NOW, NOW - timedelta(days=days))
    messages: Counter[Any] = Counter()
    columns = "campaign, market, outcome, error_code, error_family, error_title"
    for time, *names, outcome, code, family, title, count in viewed(
        connection, counted, "campaign_counts", columns
    ):
        key = (*place(counted, time), *names, KINDS[outcome], code, family, title)
        messages[key] += count
    waits: Counter[Any] = Counter()
    late: Counter[Any] = Counter()
    for time, *names, seconds, count in viewed(connection, counted, "outcome_waits", "seconds"):
        key = (*place(counted, time), *names, seconds)
        waits[key] += count
        delivered = time + QUARTER / 2 + timedelta(seconds=seconds)
        late[key] += count * (delivered > NOW - key[0] * counted.period)

    of_message = ("period", "slot", "source", "number", "campaign", "market", "kind",
                  "error_code", "error_family", "error_title")  # fmt: skip
    of_wait = ("period", "slot", "source", "number", "seconds")
    assert len(messages) > 500
    assert len(waits) > 500
    assert added(counted.messages, of_message) == messages
    assert added(counted.waits, of_wait) == waits
    assert added(counted.waits, of_wait, "late") == late
