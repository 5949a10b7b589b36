"""Every query of the Grafana dashboard finds series that receiver and consumer really serve."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prometheus_client.samples import Sample

from tests.support.promtool import OPERATIONS, evaluate, needs_promtool

TEXT = (OPERATIONS / "dashboard.json").read_text("utf-8")
PANELS: list[dict[str, Any]] = json.loads(TEXT)["panels"]
TARGETS = [target for panel in PANELS for target in panel.get("targets", [])]
QUERIES = [str(target["expr"]).replace("$__rate_interval", "5m") for target in TARGETS]
GROUPED = re.compile(r"\b(?:by|on|without) ?\(([^)]*)\)")


def labels(pairs: Iterable[tuple[str, str]]) -> str:
    """The labels of a sample as PromQL writes them."""
    return ",".join(f"{name}={json.dumps(value)}" for name, value in pairs)


@needs_promtool
def test_every_query_finds_series(scraped: list[Sample], tmp_path: Path) -> None:
    series = [
        {
            "series": f"{sample.name}{{{labels(sample.labels.items())}}}",
            "values": f"{sample.value}+0x20",
        }
        for sample in scraped
    ]
    expected = [{"labels": "{}", "value": 1}]
    tests = [
        {"expr": f"count({query}) > bool 0", "eval_time": "20m", "exp_samples": expected}
        for query in QUERIES
    ]
    evaluate(
        tmp_path, "1m", [{"interval": "1m", "input_series": series, "promql_expr_test": tests}]
    )


def test_every_label_that_groups_or_names_a_line_is_in_its_series(scraped: list[Sample]) -> None:
    has: dict[str, set[str]] = {}
    for sample in scraped:
        has.setdefault(sample.name, set()).update(sample.labels)
    for target, query in zip(TARGETS, QUERIES, strict=True):
        names = [name for name in has if re.search(rf"\b{name}\b", query)]
        grouped = {label for group in GROUPED.findall(query) for label in re.split(r",\s*", group)}
        shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert names, query
        for name in names:
            assert grouped | shown <= has[name], (query, name)
        if "by (" in query:
            assert shown <= grouped, query


def test_every_metric_of_ours_is_shown(scraped: list[Sample]) -> None:
    ours = {sample.name for sample in scraped if sample.name.startswith("bluetick_")}
    text = " ".join(QUERIES)
    stems = {re.sub(r"_(bucket|sum|count)$", "", name) for name in ours}
    assert not [stem for stem in stems if stem not in text]
    assert set(re.findall(r"bluetick_[a-z_]+", text)) <= ours


def test_panels_do_not_overlap_and_have_titles() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        assert panel["title"]
        taken |= cells
