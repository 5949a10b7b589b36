"""Prometheus' own tool, which checks rules and evaluates PromQL without a server."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

OPERATIONS = Path(__file__).parents[2] / "examples" / "operations"
RULES = OPERATIONS / "alerts.yml"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    not PROMTOOL, reason="NO PROMTOOL: the package `prometheus` is not installed on this machine"
)


def promtool(*arguments: str | Path) -> None:
    """Runs promtool. Fails with all of its output if it reports an error."""
    assert PROMTOOL
    done = subprocess.run(
        [PROMTOOL, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def evaluate(folder: Path, interval: str, tests: list[dict[str, Any]]) -> None:
    """Runs groups of rule tests on our alerts, as promtool's documentation describes them."""
    file = folder / "tests.yml"
    document = {"rule_files": [str(RULES)], "evaluation_interval": interval, "tests": tests}
    file.write_text(json.dumps(document), "utf-8")  # JSON is YAML
    promtool("test", "rules", file)
