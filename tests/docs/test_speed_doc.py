"""The speed page describes every benchmark, and says what the file of figures says."""

from __future__ import annotations

import json
import re

from bench.__main__ import NAMES
from bench.at_size.speed_page import FIGURES, OTHERS, PAGE, rendered, replaced


def test_every_benchmark_is_there() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert set(rows) - set(OTHERS) == set(NAMES)


def test_the_figures_of_a_large_warehouse_are_those_of_the_file() -> None:
    page = PAGE.read_text("utf-8")
    figures = json.loads(FIGURES.read_text("utf-8"))
    assert page == replaced(page, rendered(figures))
