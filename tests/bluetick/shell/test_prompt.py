"""`bluetick sql` on a real warehouse that this process has open for writing."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import BLUETICK, environment, run, run_here
from tests.support.terminal import Terminal, terminal_of
from tests.support.waiting import wait_for


def sql(data: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return run_here("sql", *arguments, "--data-dir", str(data), stdin=stdin)


def other(
    data: Path, *arguments: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """The same in another process, as people run it."""
    return run("sql", *arguments, "--data-dir", str(data), stdin=stdin)


QUERY = "SELECT message_id, callback_data, received_at, billable FROM statuses ORDER BY 1"


def test_json_is_one_object_a_line(data: Path) -> None:
    done = other(data, QUERY, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "message_id": f"wamid.{number}",
            "callback_data": text,
            "received_at": "2026-09-21T14:13:20+00:00",
            "billable": None,
        }
        for number, text in ((1, "a,b"), (2, None))
    ]


def test_csv(data: Path) -> None:
    done = sql(data, QUERY, "-f", "csv")
    head, first, second = csv.reader(io.StringIO(done.stdout))
    assert head == ["message_id", "callback_data", "received_at", "billable"]
    assert first == ["wamid.1", "a,b", "2026-09-21T14:13:20+00:00", ""]
    assert second[0] == "wamid.2"


def test_a_table_is_the_default(data: Path) -> None:
    done = sql(data, "SELECT status, count(*) AS messages FROM statuses GROUP BY 1 ORDER BY 1")
    assert done.stdout.splitlines() == [
        "status | messages",
        "-------+---------",
        "read   |        1",
        "sent   |        1",
        "(2 rows)",
    ]


def test_several_statements_and_stdin(data: Path) -> None:
    done = other(data, "-f", "csv", stdin="SELECT 1 AS a; SELECT 'x;y' AS b;\n")
    assert done.stdout.splitlines() == ["a", "1", "b", "x;y"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM statuses",
        "INSERT INTO kafka_offsets (topic) VALUES ('x')",
        "DROP VIEW delivery",
        "CREATE TABLE mine AS SELECT 1",
    ],
)
def test_nothing_can_be_written(data: Path, statement: str) -> None:
    done = sql(data, statement)
    assert done.returncode == 1
    assert f"{statement.split()[0]} is refused: only statements that read" in done.stderr
    assert "Traceback" not in done.stderr


def test_attacks_are_refused(data: Path, tmp_path: Path) -> None:
    catalog = f"ducklake:sqlite:{data / 'warehouse.sqlite'}"
    for statement in (
        f"ATTACH '{catalog}' AS w; DELETE FROM w.statuses",
        f"ATTACH '{tmp_path / 'new.duckdb'}' AS w",
        f"COPY statuses TO '{tmp_path / 'out.csv'}'",
        f"SELECT * FROM read_text('{data / 'warehouse.sqlite'}')",
        "SET enable_external_access = true",
    ):
        done = sql(data, statement)
        assert done.returncode == 1, statement
        assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("*.*")) == []
    assert sql(data, "SELECT count(*) AS n FROM statuses", "-f", "csv").stdout == "n\n2\n"
    assert "`bluetick sql --format csv QUERY > FILE`" in sql(data, "COPY statuses TO 'x'").stderr


def test_settings_of_the_session_are_allowed(data: Path) -> None:
    setup = "SET TimeZone = 'Asia/Tokyo'; SET VARIABLE since = now(); "
    query = "SELECT current_setting('TimeZone') AS zone FROM outcomes(getvariable('since'))"
    done = sql(data, setup + query)
    assert done.returncode == 0, done.stderr


def test_a_mistake_is_explained(data: Path) -> None:
    done = other(data, "SELECT staus FROM statuses")
    assert (done.returncode, done.stdout) == (1, "")
    assert "status" in done.stderr
    assert "Traceback" not in done.stderr
    assert sql(data, "SELEC 1").returncode == 1


def test_an_error_after_some_rows_is_an_error(data: Path) -> None:
    done = other(
        data, "SELECT CASE WHEN i = 50000 THEN error('late') ELSE i END FROM range(60000) t(i)"
    )
    assert done.returncode == 1
    assert "late" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_statement_has_a_time_limit(data: Path) -> None:
    endless = (
        "SET threads = 1; SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
    )
    done = other(data, endless, "--timeout", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The statement was stopped after 1 seconds.")
    env = environment(BLUETICK_SQL_TIMEOUT="1")
    done = run("sql", endless, "--data-dir", str(data), env=env)
    assert (done.returncode, done.stderr.count("after 1 seconds")) == (1, 1)
    assert sql(data, "SELECT 1", "--timeout", "0").returncode == 0
    assert sql(data, "SELECT 1", "--timeout", "-1").returncode == 2


def test_unknown_formats_are_wrong_usage(data: Path) -> None:
    assert sql(data, "SELECT 1", "--format", "xml").returncode == 2


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path) -> None:
    done = sql(tmp_path, "SELECT 1")
    assert done.returncode == 1
    assert "bluetick up" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_large_result_is_written_row_by_row(data: Path) -> None:
    query = "SELECT i, repeat('x', 100) AS text FROM range(1000000000) t(i)"
    with subprocess.Popen(
        [*BLUETICK, "sql", query, "-f", "csv", "--data-dir", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"i,text\n"
        assert process.stdout.readline().startswith(b"0,xxx")
        process.stdout.close()  # as `head` does: the rest is not wanted
        assert process.wait(120) == 0
        assert process.stderr.read() == b""


@pytest.fixture
def terminal(data: Path) -> Iterator[Terminal]:
    with terminal_of(data, "dumb") as terminal:
        terminal.greeting = terminal.until("bluetick> ")
        yield terminal


def test_interactive_answers_statements_of_several_lines(terminal: Terminal) -> None:
    assert "outcomes" in terminal.greeting
    assert terminal.type("SELECT count(*) AS found", "     ...> ") == ""
    assert terminal.type("FROM statuses;") == "found\n-----\n    2\n(1 row)\n"
    assert "nonsense" in terminal.type("SELECT nonsense;")
    assert "DELETE is refused" in terminal.type("DELETE FROM statuses;")
    assert "cannot be shown" in terminal.type("SELECT (1, 2);")
    assert terminal.leave() == 0


def test_interactive_commands(terminal: Terminal) -> None:
    tables = terminal.type(".tables").splitlines()
    assert "view   outcomes" in tables
    assert "table  statuses" in tables
    columns = terminal.type(".schema kafka_offsets").splitlines()
    assert any(line.split() == ["next_offset", "|", "BIGINT"] for line in columns)
    assert terminal.type(".format json") == ""
    assert terminal.type("SELECT 1 AS one;") == '{"one":1}\n'
    assert ".schema NAME" in terminal.type(".what")
    assert "is refused" in terminal.type(".schema file.parquet")
    assert terminal.type(".timeout 1") == ""
    assert terminal.type("SET threads = 1;") == ""
    endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b;"
    assert "after 1 seconds" in terminal.type(endless)
    assert terminal.leave() == 0


def test_ctrl_c_only_drops_the_line_or_ends_the_statement(terminal: Terminal) -> None:
    terminal.type("SELECT half", "     ...> ")
    assert terminal.interrupted() == "\n"
    assert terminal.type("SET threads = 1;") == ""
    endless = "SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(1000000) b(i);"
    before = terminal.seconds_computed()
    terminal.begin(endless)
    wait_for(lambda: terminal.seconds_computed() > before + 0.5)  # so that the statement runs
    assert "nterrupt" in terminal.interrupted()
    terminal.begin(".format csv")
    terminal.until("bluetick> ")
    terminal.begin("SELECT message_id FROM statuses, range(1000000000000);")
    terminal.until("wamid.2\r\n")  # rows are coming
    assert "nterrupt" in terminal.interrupted()
    terminal.begin(".format table")
    terminal.until("bluetick> ")
    assert terminal.type("SELECT 1 AS one;").startswith("one\n")
    assert terminal.leave() == 0
