"""The command as such: its version, its help, and how failures end."""

from __future__ import annotations

import importlib

import pytest

from bluetick.cli import EXPLAINED
from tests.support.command import environment, run

COMMANDS = (
    *("demo", "up", "receive", "land", "dashboard", "sql"),
    *("export", "tail", "simulate", "replay", "doctor"),
)


def test_it_says_its_version_and_lists_its_commands() -> None:
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


@pytest.mark.parametrize("name", sorted(EXPLAINED))
def test_the_explained_failures_exist(name: str) -> None:
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), kind), Exception)
