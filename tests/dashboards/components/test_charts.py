from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from dashboards.components import chart_drawing, charts
from dashboards.selection import CUSTOM, Choice, Selection, floor, selection_at

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
def test_every_colour_has_contrast_on_both_backgrounds(name: str, ground: str) -> None:
    darker, lighter = sorted([luminance(COLOURS[name]), luminance(GROUNDS[ground])])

    assert (lighter + 0.05) / (darker + 0.05) >= 3


def test_an_outcome_has_one_colour_everywhere() -> None:
    assert charts.RATES["Read rate"] == charts.OUTCOMES["Read"]
    assert charts.RATES["Delivery rate"] == charts.OUTCOMES["Delivered"]
    assert charts.RATES["Failure rate"] == charts.OUTCOMES["Failed"]
    assert len(set(charts.OUTCOMES.values())) == len(charts.OUTCOMES)


def test_bars_are_stacked_in_order_and_span_the_whole_range() -> None:
    selection = selection_at(Choice("24h"), NOON)
    bucket = pd.Timestamp("2026-11-21 03:00")
    frame = pd.DataFrame(
        {"bucket": bucket, "outcome": ["Failed", "Read"], "messages": [2, 5]},
    )

    chart = charts.stacked_bars(
        frame,
        selection,
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
    assert data["bucket"].min() == selection.since.replace(tzinfo=None)
    assert data["until"].max() >= selection.until.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("first", "texts"),
    [
        (date(2026, 11, 19), ["19 Nov, 00:00–03:00", "21 Nov, 18:00–21:00"]),
        (date(2026, 10, 1), ["1 Oct 2026", "21 Nov 2026"]),
        # a bar is a week, the last one no longer than the range
        (date(2026, 8, 24), ["24 Aug 2026 – 30 Aug 2026", "16 Nov 2026 – 21 Nov 2026"]),
        (date(2026, 8, 26), ["26 Aug 2026 – 30 Aug 2026", "16 Nov 2026 – 21 Nov 2026"]),
    ],
)
def test_the_label_of_a_bar_names_its_whole_time(first: date, texts: list[str]) -> None:
    selection = selection_at(Choice(CUSTOM, days=(first, NOON.date())), NOON)
    moments = pd.date_range(
        selection.since, selection.until - timedelta(hours=6), tz=UTC, freq="6h"
    )
    starts = sorted({floor(moment, selection.step) for moment in moments})
    frame = pd.DataFrame({"bucket": starts, "what": "Read", "messages": 1})
    frame["bucket"] = frame["bucket"].dt.tz_localize(None)

    bars = charts.stacked_bars(
        frame, selection, time="bucket", kind="what", value="messages",
        colours={"Read": "#0E66B5"}, unit="Messages",
    )  # fmt: skip
    points = charts.line_chart(
        frame.assign(shown="", messages_text=""), selection, time="bucket", kind="what",
        value="messages", colours={"Read": "#0E66B5"}, text="shown",
    )  # fmt: skip

    for chart in (bars, points):
        data = chart.data.sort_values("bucket")
        found = data[data["messages"] > 0]["when"]
        assert [found.iloc[0], found.iloc[-1]] == texts


def test_names_beyond_the_palette_share_its_last_colour() -> None:
    colours = charts.colours_of([str(n) for n in range(20)])

    assert [*colours.values()][7:] == [charts.SERIES[-1]] * 13


def rates(selection: Selection, messages: int) -> pd.DataFrame:
    """A rate in the first, second and last bar."""
    starts = [selection.since, selection.since + selection.step, floor(NOON, selection.step)]
    buckets = [start.replace(tzinfo=None) for start in starts]
    return pd.DataFrame(
        {"bucket": buckets, "line": "Read rate", "rate": 0.5, "shown": "50.0%"}
        | {"messages": messages, "messages_text": str(messages)}
    )


@pytest.mark.parametrize(("messages", "lines"), [(19, 0), (20, 3)])
def test_a_rate_of_few_messages_is_no_line(messages: int, lines: int) -> None:
    selection = selection_at(Choice("24h"), NOON)

    chart = charts.line_chart(
        rates(selection, messages), selection, time="bucket", kind="line", value="rate",
        colours={"Read rate": "#0E66B5"}, text="shown", share=True,
    )  # fmt: skip

    data = chart.data
    assert data["line_value"].notna().sum() == lines
    assert data["rate"].notna().sum() == 3
    # A row for each bar: lines break where there is nothing.
    assert len(data) == 48
    assert "monotone" not in chart.to_json()


def test_the_newest_bars_are_faded() -> None:
    selection = selection_at(Choice("24h"), NOON)

    chart = charts.stacked_bars(
        rates(selection, 30), selection, time="bucket", kind="line", value="messages",
        colours={"Read rate": "#0E66B5"}, unit="Messages",
    )  # fmt: skip

    opacity = chart.data.groupby("bucket")["opacity"].min()
    assert opacity.iloc[0] == 1
    assert opacity.iloc[-1] < 1
    assert "21 Nov, 12:00–12:30 UTC, Read rate: 30" in set(chart.data["words"])
    assert chart.to_dict()["encoding"]["y"]["axis"]["tickMinStep"] == 1
    past = selection_at(Choice(CUSTOM, days=(date(2026, 11, 1),) * 2), NOON)
    assert not charts.young(pd.Timestamp(2026, 11, 1), past.step, past)


def test_a_legend_wraps_and_shows_names_as_they_are() -> None:
    shown = chart_drawing.legend({"<b>Shop</b>": "#0E66B5"}, faded=True)

    assert "&lt;b&gt;Shop&lt;/b&gt;" in shown
    assert "may still change" in shown
