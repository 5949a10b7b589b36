"""`python -m bench.at_size.speed_page`: writes the figures of a run into the page about speed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.at_size.traffic import SHAPES

DOCS = Path(__file__).parents[2] / "docs"
FIGURES, PAGE = DOCS / "speed.json", DOCS / "speed.md"
BEGIN, END = "<!-- begin: make bench-100m -->\n", "<!-- end: make bench-100m -->\n"

RANGES = {"24h": "24 hours", "7d": "7 days", "30d": "30 days"}
# What each other figure is, in the order of the page.
OTHERS = {
    "message.by_id": "everything about one message, by its id",
    "sql.delivery": "the whole view `delivery`",
    "landing.at_size_over_empty": "landing here, divided by landing in an empty warehouse; the "
    "least of three sizes of batches",
    "landing.over_insert": "landing, with comparing, sums and offsets, divided by an `INSERT` of "
    "the same rows",
    "bytes_per_event": "the tables' files, for each status",
    "bytes_per_event_all": "the whole data folder, for each status",
    "consumer.rss_mb": "resident memory of the process that lands",
}


def rendered(figures: Mapping[str, Any]) -> str:
    """The part of the page that the JSON of a run says, in Markdown."""
    values = {result["name"]: result for result in figures["results"]}
    about, machine, versions = (figures[name] for name in ("warehouse", "machine", "versions"))
    days = SHAPES[about["shape"]].days
    pages = list(dict.fromkeys(name.split(".")[1] for name in values if name.startswith("page.")))
    lines = [
        f"A warehouse of {about['statuses']:,} statuses of {about['messages']:,} messages in",
        f"{days} days, traffic of a {about['shape']} (`bench/at_size/traffic.py`);",
        f"{machine['cores']} cores, {machine['memory_gb']} GB, Python {versions['python']}, "
        f"DuckDB {versions['duckdb']}.",
        "Seconds until a page has its figures, for the first time and again:",
        "",
        f"| page | {' | '.join(RANGES.values())} |",
        f"|---|{'---|' * len(RANGES)}",
    ]
    for page in pages:
        looks = (f"page.{page}.{name}" for name in RANGES)
        cells = (
            f"{values[look]['value']:.2f} / {values[f'{look}.repeated']['value']:.2f}"
            for look in looks
        )
        lines.append(f"| {page.capitalize()} | {' | '.join(cells)} |")
    lines += ["", "| figure | measured | here |", "|---|---|---|"]
    for name, text in OTHERS.items():
        unit = f" {values[name]['unit']}".rstrip()
        lines.append(f"| `{name}` | {text} | {values[name]['value']:,.3g}{unit} |")
    return "\n".join(lines) + "\n"


def replaced(page: str, part: str) -> str:
    """The page with this part between its two marks."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}{part}{END}{rest.split(END)[1]}"


def main() -> None:
    figures = json.loads(FIGURES.read_text("utf-8"))
    PAGE.write_text(replaced(PAGE.read_text("utf-8"), rendered(figures)), "utf-8")


if __name__ == "__main__":
    main()
