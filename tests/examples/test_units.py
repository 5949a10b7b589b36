"""The units for systemd are valid, closed off, and start commands that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from bluetick.cli import app
from tests.support.command import BLUETICK
from tests.support.promtool import OPERATIONS

UNITS = sorted(OPERATIONS.glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
EXPOSURE = 20  # of 100; 14 now
BINARY = "/opt/bluetick/bin/bluetick"
DIFFERENT = {"Description", "ExecStart", "TimeoutStopSec"}


def settings(unit: Path) -> list[str]:
    """The lines of a unit, except those in which units differ."""
    lines = unit.read_text("utf-8").splitlines()
    return [line for line in lines if line.partition("=")[0] not in DIFFERENT]


def analyze(*arguments: str | Path) -> str:
    """Runs systemd-analyze. Returns all that it says."""
    assert ANALYZE
    done = subprocess.run(
        [ANALYZE, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.skipif(not ANALYZE, reason="NO SYSTEMD: there is no systemd-analyze on this machine")
def test_systemd_reads_the_units_without_a_warning(tmp_path: Path) -> None:
    here = []
    for unit in UNITS:
        text = unit.read_text("utf-8")
        assert BINARY in text
        copy = tmp_path / unit.name
        copy.write_text(text.replace(BINARY, BLUETICK[0]), "utf-8")  # it looks for the program
        here.append(copy)
    assert analyze("verify", *here) == ""
    for unit in here:
        analyze("security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", unit)


def test_the_units_differ_in_their_commands_only() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    texts = "".join(unit.read_text("utf-8") for unit in UNITS)
    started = re.findall(rf"^ExecStart={BINARY} (\w+)$", texts, re.MULTILINE)
    assert sorted(started) == ["dashboard", "land", "receive"]
    assert set(started) <= set(commands)
    assert settings(UNITS[0]) == settings(UNITS[1]) == settings(UNITS[2])


def test_the_environment_names_settings_that_exist() -> None:
    page = (OPERATIONS.parents[1] / "docs" / "production.md").read_text("utf-8")
    example = (OPERATIONS.parents[1] / "bluetick.example.toml").read_text("utf-8")
    given = (OPERATIONS / "bluetick.env").read_text("utf-8") + UNITS[0].read_text("utf-8")
    names = re.findall(r"\b((?:BLUETICK|KAFKA|META)_[A-Z_]+)=", given)
    assert len(names) > 4
    assert not [name for name in names if name not in page and f"env:{name}" not in example]
