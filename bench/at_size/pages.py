"""How long the dashboard's pages take: a first look, and a second one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.at_size.results import RUNS, Result, median
from dashboards import queries, warehouse_reader
from dashboards.page import answer_of
from dashboards.selection import Choice, selection_at

PAGES = {
    "overview": queries.overview,
    "delivery": queries.delivery,
    "failures": queries.failures,
    "conversations": queries.conversations,
    "pricing": queries.pricing,
}
PRESETS = ("24h", "7d", "30d")


def results(folder: Path) -> Iterator[Result]:
    """The figures `page.<page>.<preset>` and the same with `.repeated`, medians, in seconds.

    The dashboard's server has been running for a while: its connection to the warehouse is open.
    Each first look asks the warehouse anew; a second look comes within a refresh.
    """
    os.environ["BLUETICK_DATA_DIR"] = str(folder)
    _first(queries.overview, Choice("1h"))
    for name, query in PAGES.items():
        for preset in PRESETS:
            first = partial(_first, query, Choice(preset))
            again = partial(answer_of, query, Choice(preset))
            yield Result(f"page.{name}.{preset}", median([first] * RUNS), "s")
            again()
            yield Result(f"page.{name}.{preset}.repeated", median([again] * RUNS), "s")


def _first(query: Callable[..., object], choice: Choice) -> object:
    """A look without kept answers."""
    return warehouse_reader.ask(query, selection_at(choice, datetime.now(UTC)))
