"""The page Pipeline, with its figures compared with plain SQL over the tables."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dashboards import queries
from dashboards.components import formats, masking
from dashboards.selection import STEPS, Choice, Selection, selection_at
from schemas.topics import LANDED, MESSAGES, SENDS
from tests.dashboards.test_pages import beside, metrics, text
from tests.support import states
from tests.support.dashboard import Opened
from warehouse.connection import ALIAS

pytestmark = pytest.mark.slow

CHOICES = {
    "day": Choice("24h"),
    "month": Choice("30d"),
    "source": Choice("7d", sources=("positus",)),
}

TABLES = f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{ALIAS}'"


@pytest.fixture(params=CHOICES)
def selection(request: pytest.FixtureRequest, now: datetime) -> Selection:
    return selection_at(CHOICES[request.param], now)


def events(sql: duckdb.DuckDBPyConnection, selection: Selection) -> Counter[tuple[str, str]]:
    """Events received within a selection by table and source."""
    found: Counter[tuple[str, str]] = Counter()
    for topic in LANDED:
        for source, received_at in sql.execute(
            f"SELECT source, received_at FROM {topic.table}"
        ).fetchall():
            within = selection.since <= received_at < selection.until
            if within and source in (selection.choice.sources or (source,)):
                found[str(topic.table), source] += 1
    return found


def test_counts_agree_with_the_tables(sql: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    page = queries.pipeline(sql, selection)

    expected = events(sql, selection)
    by_kind: Counter[str] = Counter()
    by_source: Counter[str] = Counter()
    for (kind, source), number in expected.items():
        by_kind[kind] += number
        by_source[source] += 0 if kind == "dead_letters" else number
    assert dict(page.series.groupby("kind")["events"].sum()) == dict(by_kind)
    assert {row.source: row.events for row in page.sources.itertuples()} == dict(by_source)
    assert page.reasons["dead_letters"].sum() == by_kind["dead_letters"]


@pytest.mark.parametrize("step", STEPS)
def test_bars_begin_where_they_begin_in_every_chart(
    sql: duckdb.DuckDBPyConnection, now: datetime, step: timedelta
) -> None:
    selection = Selection(now - timedelta(days=9), now, step)

    series = queries.pipeline(sql, selection).series

    found = series.loc[series["kind"] == "statuses", ["bucket", "events"]]
    expected = sql.execute(
        "SELECT time_bucket($step, received_at::TIMESTAMP), count(*) FROM statuses "
        "WHERE received_at >= $since AND received_at < $until GROUP BY 1 ORDER BY 1",
        {"step": step, "since": selection.since, "until": selection.until},
    ).fetchall()
    assert [(row.bucket, row.events) for row in found.itertuples()] == expected


def test_tables_and_partitions_are_those_of_the_warehouse(
    sql: duckdb.DuckDBPyConnection, busy: Path, now: datetime
) -> None:
    page = queries.pipeline(sql, selection_at(Choice(), now))

    # Beside these files, the folder has those of earlier snapshots.
    files = {
        str(name)
        for (table,) in sql.execute(TABLES).fetchall()
        for row in sql.execute(f"FROM ducklake_list_files('{ALIAS}', '{table}')").fetchall()
        for name in row
        if str(name).endswith(".parquet")
    }
    assert files <= {str(file) for file in (busy / "files").rglob("*.parquet")}
    named = {name for (name,) in sql.execute("SELECT DISTINCT topic FROM kafka_offsets").fetchall()}
    stored = page.tables.set_index("name")
    assert int(stored["files"].sum()) + int(stored["delete_files"].sum()) == len(files)
    assert stored.loc["statuses", "rows"] == sql.table("statuses").count("*").fetchall()[0][0]
    assert set(page.partitions["topic"]) == named


def test_a_source_that_has_become_silent_stays_in_the_list(
    sql: duckdb.DuckDBPyConnection, now: datetime
) -> None:
    page = queries.pipeline(sql, selection_at(Choice("1h"), now))

    assert set(page.sources["source"]) == {"meta", "positus"}


def test_a_dead_letter_is_shown_masked_with_the_command_to_replay_it(
    app: Opened, busy: Path
) -> None:
    opened = app.on(busy, "pipeline", range="30d", reason="missing_id")

    shown = text(opened)
    assert not opened.exception
    assert "bluetick replay dead-letters --reason missing_id --dry-run" in shown
    assert '{"statuses":[{"status":"xxxx","recipient_id":"00000000000"' in shown
    assert "15557654321" not in shown
    assert "ask the sender what it means, then replay them" in shown


def test_a_warehouse_with_only_dead_letters_shows_them(app: Opened, tmp_path: Path) -> None:
    states.only_dead_letters(tmp_path)

    always = {"from": "2020-01-01", "to": f"{datetime.now(UTC):%Y-%m-%d}"}
    opened = app.on(tmp_path, "pipeline", reason="undecodable", **always)

    assert not opened.exception
    assert metrics(opened)["Dead letters"] == "2"
    assert metrics(opened)["Events received"] == "0"
    assert "find out who else writes to this topic" in text(opened).lower()
    assert "xx xxxxxx" in text(opened)


def test_sends_have_bars_of_their_own(app: Opened, tmp_path: Path) -> None:
    for topic in (MESSAGES, SENDS):
        states.only(topic)(tmp_path)

    opened = app.on(tmp_path, "pipeline")

    assert metrics(opened)["Events received"] == "2"
    (chart,) = opened.get("vega_lite_chart")
    assert all(f'"{name}"' in chart.proto.spec for name in ("Inbound messages", "Sends"))


def test_old_data_is_shown_without_events(app: Opened, tmp_path: Path) -> None:
    states.only_duplicates(tmp_path)

    opened = app.on(tmp_path, "pipeline")

    assert not opened.exception
    assert metrics(opened)["Newest event"] == f"{states.OLD_DAYS} d ago"
    assert "Nothing was received in this period." in text(opened)
    assert beside(opened, "Duplicates").startswith("1 of 2")
    assert "Replaced (UTC)" in opened.dataframe[1].value.columns


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b'{"from": "4915112345678", "ok": true}', '{"from": "0000000000000", "ok": true}'),
        (b'{"Anna": {"n": -1.5}}', '{"xxxx": {"n": -0.0}}'),
        (b'"hello":1', '"hello":0'),
        ("J\u00e4ger \u0661".encode(), "xxxxx 0"),
        (b"\xff\x00\x01a", "\u00b7\u00b7\u00b7x"),
        (b"true or untrue", "true xx xxxxxx"),
    ],
)
def test_payloads_are_masked(payload: bytes, shown: str) -> None:
    assert masking.masked(payload) == shown


@pytest.mark.parametrize(
    ("number", "seconds", "shown"),
    [(0, 60, "0 an hour"), (3600, 3600, "1 a second"), (90, 3600, "1.5 a minute"),
     (48, 86400, "2 an hour"), (1, 360_000, "<0.1 an hour"), (5, 0, "0 an hour")],
)  # fmt: skip
def test_rates_have_the_unit_that_suits_them(number: float, seconds: float, shown: str) -> None:
    assert formats.rate(number, seconds) == shown


def test_sizes_are_in_units_of_thousands() -> None:
    assert [formats.size(n).split(formats.GAP) for n in (0, 999, 1234, 5.6e9, 7e15)] == [
        ["0", "B"], ["999", "B"], ["1.2", "kB"], ["5.6", "GB"], ["7,000.0", "TB"],
    ]  # fmt: skip
