"""Goals on the tiles and in the charts of their metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import goals, login
from tests.support import states
from tests.support.dashboard import Opened

CONFIG = """
[[goals]]
metric = "delivery_rate"
at_least = 0.95

[[goals]]
metric = "failure_rate"
at_most = 0.995
name = "SLA"

[[goals]]
metric = "p95_wait"
at_most = "30s"
"""


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    file = tmp_path / "goals.toml"
    file.write_text(CONFIG, "utf-8")
    monkeypatch.setenv("BLUETICK_CONFIG", str(file))
    for cached in (goals.goals, login.settings):
        cached.cache_clear()
    yield
    for cached in (goals.goals, login.settings):
        cached.cache_clear()


def beside(app: AppTest) -> dict[str, str]:
    """What each tile says beside its value."""
    return {
        tile.label: f"{tile.delta} {tile.proto.delta_description}"  # type: ignore[attr-defined]
        for tile in app.metric
    }


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("page", ["overview", "delivery", "failures"])
def test_a_tile_says_whether_the_goal_is_met(app: Opened, tmp_path: Path, page: str) -> None:
    states.failures(tmp_path)

    opened = app.on(tmp_path, page)

    assert not opened.exception
    tiles = beside(opened)
    assert "SLA ≤ 99.5%: missed" in tiles["Failure rate"]
    if page != "failures":
        assert "goal ≥ 95.0%: missed" in tiles["Delivery rate"]
        assert "goal" not in tiles["Read rate"]


@pytest.mark.usefixtures("configured")
def test_the_chart_of_rates_has_a_labelled_line_for_each_goal(app: Opened, tmp_path: Path) -> None:
    states.failures(tmp_path)

    opened = app.on(tmp_path, "delivery")

    drawn = json.dumps(charts(opened), ensure_ascii=False)
    assert '"strokeDash": [6, 4]' in drawn


def test_without_goals_nothing_is_drawn(app: Opened, tmp_path: Path) -> None:
    states.failures(tmp_path)

    opened = app.on(tmp_path, "delivery")

    assert "strokeDash" not in json.dumps(charts(opened))
    assert not any("goal" in words for words in beside(opened).values())
