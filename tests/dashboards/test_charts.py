from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboards import charts
from dashboards.scope import Choice, scope_at

GROUNDS = {"light": "#FFFFFF", "dark": "#10151D"}
COLOURS = {**charts.OUTCOMES, **charts.RATES, **charts.VERDICTS, **charts.colours_of("abcdefgh")}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", COLOURS)
def test_every_colour_stands_out_from_either_ground(name: str, ground: str) -> None:
    darker, lighter = sorted([luminance(COLOURS[name]), luminance(GROUNDS[ground])])

    assert (lighter + 0.05) / (darker + 0.05) >= 3


def test_an_outcome_has_one_colour_everywhere() -> None:
    assert charts.RATES["Read rate"] == charts.OUTCOMES["Read"]
    assert charts.RATES["Delivery rate"] == charts.OUTCOMES["Delivered"]
    assert charts.RATES["Failure rate"] == charts.OUTCOMES["Failed"]
    assert len(set(charts.OUTCOMES.values())) == len(charts.OUTCOMES)


def test_bars_are_stacked_in_order_and_span_the_whole_range() -> None:
    scope = scope_at(Choice("24h"), NOON)
    bucket = pd.Timestamp("2026-11-21 03:00")
    frame = pd.DataFrame(
        {"bucket": bucket, "outcome": ["Failed", "Read"], "messages": [2, 5]},
    )

    chart = charts.stacked(
        frame,
        scope,
        time="bucket",
        kind="outcome",
        value="messages",
        colours=charts.OUTCOMES,
        unit="Messages",
    )

    data = chart.data
    bars = data[data["bucket"] == bucket].set_index("outcome")
    assert (bars.loc["Read", "bottom"], bars.loc["Read", "top"]) == (0, 5)
    assert (bars.loc["Failed", "bottom"], bars.loc["Failed", "top"]) == (5, 7)
    assert data["bucket"].min() == scope.since.replace(tzinfo=None)
    assert data["until"].max() >= scope.until.replace(tzinfo=None)


def test_names_beyond_the_palette_share_its_last_colour() -> None:
    colours = charts.colours_of([str(n) for n in range(20)])

    assert [*colours.values()][7:] == [charts.SERIES[-1]] * 13
