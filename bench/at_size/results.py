"""Figures with a name and a unit, and the file that holds them."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import psutil

from bench.timing import Work, seconds

RUNS = 5


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. With `against`, `ratio` is the figure divided by that limit or peer."""

    name: str
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None

    def __str__(self) -> str:
        ratio = f"{self.ratio:>8.2f} x {self.against}" if self.ratio is not None else ""
        return f"{self.name:<36} {self.value:>12,.4g} {self.unit:<8}{ratio}".rstrip()


def median(works: Sequence[Work]) -> float:
    """The median time of some calls, in seconds."""
    return statistics.median(map(seconds, works))


def write(file: Path, results: Sequence[Result], warehouse: dict[str, object]) -> None:
    """Writes the figures as JSON, with the machine, the versions and the commit."""
    whole = {
        "machine": {
            "cores": os.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / 1024**3),
            "system": platform.system(),
            "architecture": platform.machine(),
        },
        "versions": {"python": platform.python_version(), "duckdb": duckdb.__version__},
        "commit": _commit(),
        "warehouse": warehouse,
        "results": [asdict(result) for result in results],
    }
    file.write_text(json.dumps(whole, indent=2) + "\n", "utf-8")


def _commit() -> str:
    """The commit that was measured; empty outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
