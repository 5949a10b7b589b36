"""The page SQL: what its process allows itself, its limits, and the page itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import queries, saved_queries, sql_limits, sql_process
from tests.dashboards.test_pages import text
from tests.support.dashboard import Opened
from warehouse.connection import Location
from warehouse.views import VIEWS

pytestmark = pytest.mark.slow

# No promise: a busy machine may need so long to start a process.
PATIENT = 500.0


def run(folder: Path, query: str, **limits: Any) -> sql_process.Result:
    return sql_process.run(Location.under(folder), query, **{"seconds": PATIENT} | limits)


def test_a_query_has_the_rows_of_the_warehouse(busy: Path, sql: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT status, count(*) n, max(occurred_at) newest FROM statuses GROUP BY 1"
    query += " ORDER BY 1"

    found = run(busy, f"SET TimeZone = 'Asia/Kolkata'; SELECT 1; {query};")

    expected = sql.execute(query).fetchall()
    assert [(row.status, row.n) for row in found.rows.itertuples()] == [row[:2] for row in expected]
    assert [at.to_pydatetime() for at in found.rows["newest"]] == [row[2] for row in expected]
    assert not found.more


def test_a_query_has_the_chosen_time_zone(busy: Path) -> None:
    query = "SELECT TIMESTAMPTZ '2026-11-20 18:30:00Z' AS time, time::DATE::VARCHAR AS day"

    found = run(busy, query, zone="Asia/Kolkata").rows

    (at,), (day,) = found["time"], found["day"]
    assert (at.isoformat(), day) == ("2026-11-21T00:00:00+05:30", "2026-11-21")
    (at,) = run(busy, query).rows["time"]
    assert at.isoformat() == "2026-11-20T18:30:00+00:00"


def test_sums_are_numbers_and_names_differ(busy: Path) -> None:
    found = run(busy, "SELECT sum(range) AS n, 1 AS a, 2 AS a, 3 AS a_2 FROM range(3)").rows

    assert found.to_dict("records") == [{"n": 3, "a": 1, "a_2": 2, "a_2_2": 3}]
    assert found["n"].dtype.kind == "i"


def test_a_result_has_at_most_so_many_rows(busy: Path) -> None:
    found = run(busy, "FROM range(100000)", rows=7)

    assert list(found.rows["range"]) == list(range(7))
    assert found.more
    assert not run(busy, "FROM range(7)", rows=7).more


def test_a_result_has_at_most_so_many_bytes(busy: Path) -> None:
    with pytest.raises(sql_process.QueryFailed, match="larger than 1 MiB"):
        run(busy, "SELECT repeat('x', 100000) || range FROM range(100)", bytes=1024**2)


def test_a_query_is_stopped_at_its_time(busy: Path) -> None:
    endless = "SELECT count(*) FROM range(10000000000) a, range(10000000000) b WHERE a.range = -1"

    with pytest.raises(sql_process.QueryFailed, match="stopped after 3 seconds"):
        run(busy, endless, seconds=3)


def test_a_query_has_a_memory_limit(busy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUETICK_MEMORY_LIMIT", "64MB")

    with pytest.raises(sql_process.QueryFailed, match=r"(?i)memory"):
        run(busy, "SELECT count(DISTINCT repeat('x', 100) || range) FROM range(5000000)")


@pytest.mark.parametrize("query", ["COPY statuses TO 'x.csv'", "SELECT 1; DELETE FROM statuses"])
def test_what_does_more_than_read_is_refused_by_the_rule(busy: Path, query: str) -> None:
    with pytest.raises(sql_process.QueryFailed, match="is refused"):
        run(busy, query)


WRITE = """
import sys
from pathlib import Path
from dashboards import sql_worker
from warehouse.connection import Location, connect
connection = connect(Location.under(Path(sys.argv[1])), read_only=True)
sql_worker.forbid_writing(connection)
print(connection.execute("SELECT count(*) > 0 FROM statuses").fetchall()[0][0])
for write in (
    lambda: connection.execute("COPY (SELECT 1) TO '" + sys.argv[2] + "'"),
    lambda: Path(sys.argv[2]).write_text("x"),
):
    try:
        write()
    except Exception as error:
        print(type(error).__name__)
"""


def test_its_process_cannot_write_even_without_the_rule(busy: Path, tmp_path: Path) -> None:
    file = tmp_path / "written.csv"

    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(busy), str(file)], capture_output=True, text=True
    )

    assert done.stdout.split() == ["True", "IOException", "OSError"], done.stderr
    assert not file.exists() or not file.stat().st_size


def test_errors_of_a_query_come_with_their_place(busy: Path, tmp_path: Path) -> None:
    with pytest.raises(sql_process.QueryFailed, match=r"(?s)LINE 1.*\^"):
        run(busy, "SELECT statu FROM statuses")
    with pytest.raises(sql_process.QueryFailed, match="no warehouse at"):
        run(tmp_path / "nowhere", "SELECT 1")


def test_every_view_can_be_browsed(sql: duckdb.DuckDBPyConnection) -> None:
    known = queries.schema(sql)

    assert list(known.loc[known["view"], "relation"].unique()) == list(VIEWS)
    assert {"statuses", "kafka_offsets", "metrics"} <= set(known.loc[~known["view"], "relation"])
    assert not [name for name in known["relation"] if name.startswith("ducklake")]


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sql_limits.VARIABLE, sql_limits.ON)
    monkeypatch.setattr(sql_limits, "SECONDS", PATIENT)


def ask(opened: AppTest, query: str) -> AppTest:
    opened.text_area[0].set_value(query)
    return opened.button[0].click().run()


@pytest.mark.usefixtures("operator")
def test_the_page_shows_a_result_and_offers_it_as_a_file(app: Opened, busy: Path) -> None:
    opened = ask(app.on(busy, "sql"), "SELECT 'a' AS letter, 41 + 1 AS answer")

    assert not opened.exception
    assert opened.dataframe[-1].value.to_dict("records") == [{"letter": "a", "answer": 42}]
    assert "1 row in" in text(opened)
    assert [button.proto.label for button in opened.get("download_button")] == ["CSV", "Parquet"]
    assert opened.query_params["q"] == "SELECT 'a' AS letter, 41 + 1 AS answer"


@pytest.mark.usefixtures("operator")
def test_the_page_says_why_there_is_no_result(app: Opened, busy: Path) -> None:
    opened = ask(app.on(busy, "sql"), "DROP TABLE statuses")

    assert not opened.exception
    assert opened.error[0].value == "The query has no result."
    assert "DROP is refused" in text(opened)


@pytest.mark.usefixtures("operator")
def test_a_link_fills_in_its_query_and_does_not_run_it(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "sql", q="SELECT 7")

    assert opened.text_area[0].value == "SELECT 7"
    assert "Result" not in text(opened)


@pytest.mark.usefixtures("operator")
def test_numbers_over_time_are_drawn(app: Opened, busy: Path) -> None:
    opened = ask(app.on(busy, "sql"), saved_queries.EXAMPLES["Rates by hour"])

    assert not opened.exception
    assert len(opened.get("vega_lite_chart")) == 1


def test_saved_queries_are_those_of_the_file(tmp_path: Path, busy: Path) -> None:
    assert saved_queries.queries(busy) == saved_queries.EXAMPLES
    file = tmp_path / saved_queries.FILE
    file.write_text('"My query" = "SELECT 1"\n')
    assert saved_queries.queries(tmp_path) == {"My query": "SELECT 1"}
    for broken in ("x = 1", "x", "[x]\ny = 'SELECT 1'"):
        file.write_text(broken)
        with pytest.raises(saved_queries.BadQueries, match=r"queries\.toml"):
            saved_queries.queries(tmp_path)


@pytest.mark.usefixtures("operator")
def test_the_page_explains_that_there_is_no_warehouse(app: Opened, tmp_path: Path) -> None:
    opened = app.on(tmp_path / "nowhere", "sql")

    assert not opened.exception
    assert "The warehouse cannot be read" in text(opened)


@pytest.mark.parametrize(
    ("host", "written", "offered"),
    [
        ("127.0.0.1", None, True),
        ("::1", None, True),
        ("localhost", None, True),
        ("0.0.0.0", None, False),
        ("10.0.0.1", None, False),
        ("bluetick.example.com", None, False),
        ("0.0.0.0", "on", True),
        ("127.0.0.1", "off", False),
        ("127.0.0.1", "maybe", True),
    ],
)
def test_the_page_is_offered_on_loopback_only_unless_it_is_set(
    host: str, written: str | None, offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(sql_limits.VARIABLE, written or "")

    sql_limits.decide(host)

    assert sql_limits.offered() == offered


def test_without_the_setting_there_is_no_page(
    app: Opened, busy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(sql_limits.VARIABLE, raising=False)

    opened = app.on(busy)

    with pytest.raises(ValueError, match="Could not find a navigation page"):
        opened.switch_page("screens/sql.py")
