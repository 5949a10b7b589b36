"""The command line: version, help, and how errors end."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.command import environment, run

COMMANDS = (
    *("demo", "up", "receive", "land", "dashboard", "sql"),
    *("export", "tail", "simulate", "replay", "doctor"),
)


def test_it_prints_its_version_and_lists_its_commands() -> None:
    assert run("--version").stdout.startswith("bluetick ")
    listed = run("--help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in listed


@pytest.mark.parametrize("command", COMMANDS)
def test_help_can_be_read_on_a_narrow_terminal(command: str) -> None:
    done = run(command, "--help", env=environment(COLUMNS="80"))
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: bluetick {command}")
    assert "…" not in done.stdout


def test_wrong_usage_is_exit_code_2() -> None:
    for arguments in (["nonsense"], ["land", "--nonsense"], ["land", "--batch-rows", "0"]):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr


RAISES = """
import typer
from bluetick import cli
from settings.errors import BluetickError

@cli.app.command()
def fail(kind: str) -> None:
    raise (BluetickError if kind == "explained" else ValueError)("text of +15550001111")

cli.main()
"""


def failing(kind: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RAISES, "fail", kind]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_explained_error_is_its_message() -> None:
    done = failing("explained")
    assert (done.returncode, done.stderr) == (1, "bluetick: text of +15550001111\n")


def test_any_other_error_is_its_type_and_place_without_its_message() -> None:
    done = failing("other")
    assert done.returncode == 1
    assert "please report it: ValueError" in done.stderr
    assert "in fail" in done.stderr
    assert "15550001111" not in done.stderr
