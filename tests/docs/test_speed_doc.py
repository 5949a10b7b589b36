"""The speed page describes every benchmark, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from bench.__main__ import NAMES

PAGE = Path(__file__).parents[2] / "docs" / "speed.md"


def test_every_benchmark_is_there() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert set(rows) - {"bench"} == set(NAMES)
