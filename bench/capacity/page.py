"""`python -m bench.capacity.page`: writes the figures of a run into the page about capacity."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping
from typing import Any

from bench.at_size.speed_page import DOCS
from bench.at_size.speed_page import FIGURES as SPEED
from bench.capacity.model import Cost, Plan, plan
from warehouse.compaction import SMALL_BYTES

FIGURES, PAGE = DOCS / "capacity.json", DOCS / "capacity.md"
BEGIN, END = "<!-- begin: make bench-capacity -->\n", "<!-- end: make bench-capacity -->\n"
LOADS = (1_000, 10_000, 100_000, 1_000_000)


def rendered(figures: Mapping[str, Any], speed: Mapping[str, Any]) -> str:
    """The part of the page that the JSON of a run says, in Markdown."""
    rounds, machine = figures["rounds"], figures["machine"]
    lines = [
        f"{machine['cores']} cores, Python {machine['python']}, DuckDB {machine['duckdb']}, with a "
        f"load of {machine['load']:.0f}",
        "on the machine by other programs. So seconds of the clock are long, and those of the "
        "processor are what counts.",
        "",
        "| catalog | statuses in a batch | writers | commits/s | statuses/s | of one writer | "
        "seconds of the clock | processor: decoding | processor: landing |",
        f"|{'---|' * 9}",
    ]
    lines += [_row(rounds, key) for key in _keys(rounds)]
    lines += ["", *_costs(rounds), "", *_plans(rounds, speed)]
    return "\n".join(lines) + "\n"


def _keys(rounds: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return list(dict.fromkeys((one["catalog"], one["rows"], one["writers"]) for one in rounds))


def _row(rounds: list[dict[str, Any]], key: tuple[str, int, int]) -> str:
    catalog, rows, writers = key
    mine = _of(rounds, catalog, rows, writers)
    commits = statistics.median(one["landings"] / one["seconds"] for one in mine)
    # Compared within each round.
    ratio = statistics.median(
        one["landings"] / one["seconds"] * alone["seconds"] / alone["landings"]
        for one, alone in zip(mine, _of(rounds, catalog, rows, 1), strict=True)
    )
    clock, decoding, landing = (
        statistics.median(one[name] for one in mine) for name in ("clock", "decoding", "landing")
    )
    return (
        f"| {catalog} | {rows:,} | {writers} | {commits:.2f} | {commits * rows:,.0f} | "
        f"{ratio:.2f} | {clock:.2f} | {decoding:.3f} | {landing:.3f} |"
    )


def _of(
    rounds: list[dict[str, Any]], catalog: str, rows: int, writers: int
) -> list[dict[str, Any]]:
    key = (catalog, rows, writers)
    return [one for one in rounds if (one["catalog"], one["rows"], one["writers"]) == key]


def _costs(rounds: list[dict[str, Any]]) -> list[str]:
    lines = [
        "Processor time of a landing, as a line through both sizes of batches, and what follows "
        "if each consumer lands at least every ten seconds:",
        "",
        "| catalog | each landing | each status | decoding a status | one consumer, at most | "
        "two | four | limit of the turn with four |",
        f"|{'---|' * 8}",
    ]
    for catalog in dict.fromkeys(one["catalog"] for one in rounds):
        cost = Cost.of(rounds, catalog)
        lines.append(
            f"| {catalog} | {cost.fixed * 1000:.0f} ms | {cost.row * 1e6:.1f} µs | "
            f"{cost.decoding * 1e6:.1f} µs | {cost.alone():,.0f}/s | {cost.together(2):,.0f}/s | "
            f"{cost.together(4):,.0f}/s | {cost.limit(4):,.0f}/s |"
        )
    return lines


def _plans(rounds: list[dict[str, Any]], speed: Mapping[str, Any]) -> list[str]:
    values = {result["name"]: result["value"] for result in speed["results"]}
    each = [Cost.of(rounds, catalog) for catalog in dict.fromkeys(one["catalog"] for one in rounds)]
    # Both run the same SQL, and a run is short: of each figure the larger one.
    cost = Cost(*(max(getattr(one, name) for one in each) for name in Cost.__slots__))
    plans = [plan(load, cost, values["bytes_per_event"], SMALL_BYTES) for load in LOADS]
    return [
        "Extrapolated from the larger of both costs; no load above one machine was run:",
        "",
        f"| | {' | '.join(f'{one.events:,}/s' for one in plans)} |",
        f"|---|{'---|' * len(plans)}",
        *(
            f"| {title} | {' | '.join(cell(one) for one in plans)} |"
            for title, cell in CELLS.items()
        ),
    ]


CELLS: dict[str, Callable[[Plan], str]] = {
    "receivers, with one status in a POST": lambda one: f"{one.receivers:,}",
    "separate warehouses": lambda one: f"{one.warehouses}",
    "consumers, with a core each": lambda one: f"{one.consumers}",
    "partitions of each topic, in each warehouse": lambda one: f"{one.partitions}",
    "commits a second, at least": lambda one: f"{one.commits:.1f}",
    "share of the time that the turn is taken": lambda one: f"{one.turn:.2f}",
    "data files that stay, a day (statuses, 4 MiB)": lambda one: f"{one.files:,}",
    "Parquet, a day": lambda one: _size(one.gigabytes),
    "Kafka, 7 days, one copy": lambda one: _size(one.kafka_gigabytes),
}


def _size(gigabytes: float) -> str:
    return f"{gigabytes:,.0f} GB" if gigabytes < 10_000 else f"{gigabytes / 1000:,.0f} TB"


def replaced(page: str, part: str) -> str:
    """The page with this part between its two marks."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}{part}{END}{rest.split(END)[1]}"


def main() -> None:
    figures, speed = (json.loads(file.read_text("utf-8")) for file in (FIGURES, SPEED))
    page = PAGE.read_text("utf-8")
    PAGE.write_text(replaced(page, rendered(figures, speed)), "utf-8")


if __name__ == "__main__":
    main()
