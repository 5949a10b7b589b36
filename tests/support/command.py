"""Runs the `bluetick` command as a user does: a process with options and environment variables."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

BLUETICK = [sys.executable, "-W", "error", "-m", "bluetick"]


def environment(**own: str) -> dict[str, str]:
    """This process's environment without Bluetick's variables, plus `own`."""
    ours = ("BLUETICK_", "KAFKA_", "SCHEMA_REGISTRY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | own


def run(
    *arguments: str,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Runs `bluetick` to its end."""
    return subprocess.run(
        [*BLUETICK, *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        env=dict(env or environment()),
        cwd=cwd,
        timeout=timeout,
        check=False,
    )
