"""`bluetick sql` in a terminal with colours, where a statement is edited as a whole."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import BLUETICK, environment
from tests.support.terminal import Terminal, terminal_of
from tests.support.waiting import wait_for

# The editor shows its prompt again with each change, but asks for pasted text only when it begins.
# It moves the cursor instead of writing the blank behind a prompt.
PROMPT, CONTINUED = r"\x1b\[\?2004h.*bluetick>", r"\.\.\.>"
UP, CTRL_C, CTRL_D = "\x1b[A", "\x03", "\x04"
COLOUR = r"\x1b\[[\d;]+m"


@pytest.fixture
def editor(data: Path) -> Iterator[Terminal]:
    with terminal_of(data, "xterm-256color") as editor:
        editor.press("", PROMPT)
        yield editor


def answer(*lines: str) -> str:
    """What the editor writes when it has answered with these lines, up to its next prompt."""
    return ".*".join([*map(re.escape, lines), PROMPT])


def test_it_highlights_and_completes(editor: Terminal) -> None:
    editor.press("SELECT", f"{COLOUR}SELECT")
    editor.press(" next_of\t", "fset")  # what was shown before is not shown again
    editor.press(" FROM kafka_off\t", "sets")
    editor.press(" WHERE false;\r", answer("next_offset\r\n-----------\r\n(0 rows)"))
    assert editor.leave() == 0


def test_it_reads_several_lines_as_one_statement(editor: Terminal) -> None:
    editor.press("SELECT count(*) AS found\r", CONTINUED)
    editor.press("FROM statuses;\r", answer("    2\r\n(1 row)"))
    editor.press(".format json\r", PROMPT)
    editor.press(UP, "format.*json")
    editor.press(UP, f"found.*{CONTINUED}.*statuses")
    editor.press("\r", answer('{"found":2}'))
    assert editor.leave() == 0


def test_exit_and_help_need_no_dot_and_no_semicolon(editor: Terminal) -> None:
    editor.press("help\r", answer("Tab completes names", "leave (or exit, quit, Ctrl-D)"))
    assert editor.leave("exit\r") == 0


def test_ctrl_c_drops_or_stops_a_statement_and_ctrl_d_ends_the_editor(editor: Terminal) -> None:
    editor.press("SELECT half\r", CONTINUED)
    editor.press(CTRL_C, PROMPT)
    before = editor.seconds_computed()
    editor.press("SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(1000000) b(i);\r", "")
    wait_for(lambda: editor.seconds_computed() > before + 0.5)  # so that the statement runs
    editor.process.send_signal(signal.SIGINT)
    editor.press("", answer("nterrupt"))
    editor.press("SELECT 1 AS one;\r", answer("one\r\n---\r\n  1\r\n(1 row)"))
    assert editor.leave(CTRL_D) == 0


def test_it_keeps_a_history_that_nobody_else_can_read(editor: Terminal, data: Path) -> None:
    editor.press("SELECT 'kept' AS text;\r", answer("kept\r\n(1 row)"))
    assert editor.leave() == 0
    assert (data / "sql_history").stat().st_mode & 0o077 == 0
    with terminal_of(data, "xterm-256color") as later:
        later.press("", PROMPT)
        later.press(UP + UP, "kept")  # above .quit
        later.press("\r", answer("kept\r\n(1 row)"))
        assert later.leave() == 0


def test_output_into_a_file_has_no_escape_sequences(data: Path) -> None:
    main, terminal = pty.openpty()
    with subprocess.Popen(
        [*BLUETICK, "sql", "--data-dir", str(data)],
        stdin=terminal,
        stdout=subprocess.PIPE,
        env=environment(TERM="xterm-256color"),
        start_new_session=True,
    ) as process:
        os.write(main, b"SELECT 'found' AS text;\n.quit\n")
        output, _ = process.communicate(timeout=120)
    os.close(main)
    os.close(terminal)
    assert b"found\n(1 row)" in output
    assert b"\x1b" not in output
