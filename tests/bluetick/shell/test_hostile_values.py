"""Values of webhooks reach a terminal and a spreadsheet as texts, and nothing else."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
from collections.abc import Iterator

import pytest

from bluetick.commands import console
from bluetick.doctor.finding import problem
from bluetick.doctor.report import report
from bluetick.shell.session import Session, SqlError
from bluetick.shell.table_format import Format
from schemas.topics import MESSAGES
from settings.logging import LineFormatter
from tests.support.lake import Lake, lake

__all__ = ["lake"]

HOSTILE = {
    "clear the screen": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;Y2FsYw==\x1b\\",
    "C1": "\x9b2J\x9d0;owned\x9c",
    "direction": "\u202egpj.exe\u2066",
    "over the line": "good\rbad\b\b\b\x7f",
    "mark": "a\u200fb\u061c",
}
ALL = "".join(HOSTILE.values())
OBEYED = set("\x1b\x07\x08\x7f\r\x9b\x9d\x9c\u202e\u2066\u200f\u061c")


@pytest.fixture
def session(lake: Lake) -> Iterator[tuple[Session, io.StringIO]]:
    lake.land_events(MESSAGES, {"sender_name": ALL, "content": json.dumps({"body": ALL})})
    out = io.StringIO()
    with contextlib.closing(Session(lake.location, "table", out)) as session:
        yield session, out


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_no_form_of_a_result_holds_what_a_terminal_obeys(
    session: tuple[Session, io.StringIO], form: Format
) -> None:
    shell, out = session
    shell.form = form
    shell.run("""
        SELECT sender_name, content, [sender_name] AS many, {'a': sender_name} AS one,
            encode(sender_name) AS bytes, sender_name AS "\x1b[2J" FROM messages
    """)
    assert "[2J" in out.getvalue()
    assert not OBEYED & set(out.getvalue())


def test_an_error_that_quotes_a_value_is_shown_too(session: tuple[Session, io.StringIO]) -> None:
    with pytest.raises(SqlError) as raised:
        session[0].run("SELECT sender_name::INTEGER FROM messages")
    assert "[2J" in str(raised.value)
    assert not OBEYED & set(str(raised.value))


@pytest.mark.parametrize("form", ["text", "json"])
def test_findings_are_shown_too(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    report([problem("dead letters", f"reason {ALL}", f"do {ALL}")], form, console())
    shown = capsys.readouterr().out
    assert "[2J" in shown
    assert not OBEYED & set(shown)


def test_messages_and_log_lines_are_shown_too(capsys: pytest.CaptureFixture[str]) -> None:
    console(stderr=True).print(f"source {ALL}", style="bold")
    record = logging.LogRecord("bluetick", logging.INFO, "", 1, "source %s", (ALL,), None)
    for shown in (capsys.readouterr().err, LineFormatter().format(record)):
        assert "[2J" in shown
        assert not OBEYED & set(shown)


FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\uff1d1",
    "\n=1",
]


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_a_cell_that_a_spreadsheet_would_run_is_marked_as_text(lake: Lake, text: str) -> None:
    lake.land_events(MESSAGES, {"sender_name": text})
    for exact in (False, True):
        out = io.StringIO()
        with contextlib.closing(Session(lake.location, "csv", out, exact=exact)) as session:
            session.run("SELECT sender_name FROM messages")
        cell = list(csv.reader(io.StringIO(out.getvalue(), newline="")))[1][0]
        assert cell == text if exact else cell.startswith("'")


def test_numbers_in_csv_stay_numbers(lake: Lake) -> None:
    out = io.StringIO()
    with contextlib.closing(Session(lake.location, "csv", out)) as session:
        session.run("SELECT -1, '-1', '+4917012345678', -1.5::DOUBLE, 'a-b', [-1]")
    assert list(csv.reader(io.StringIO(out.getvalue())))[1] == [
        *("-1", "-1", "+4917012345678", "-1.5", "a-b", "[-1]"),
    ]
