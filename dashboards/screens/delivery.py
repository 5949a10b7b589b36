"""Delivery: how many messages arrive and are read, and how fast."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboards import goals, page, queries
from dashboards.answers import Delivery
from dashboards.components import (
    chart_drawing,
    charts,
    download,
    formats,
    heat_map,
    metric_tiles,
    page_choice,
    panels,
    previous_period,
    tables,
)
from dashboards.components.goal_lines import GoalLine
from dashboards.selection import Selection
from settings.goals import Goal
from warehouse.metrics import METRICS, Metric

# What can be chosen, by its id in the address.
ALL = "all"
SPLITS = {ALL: "All", "number": "By business number", "category": "By category"}
MEASURES = {metric.name: metric.title for metric in tables.RATES}
INK = {"light": "#1A2433", "dark": "#E6EBF2"}
WAITS = {"To deliver": "deliver", "To read": "read"}
PERCENTILES = {"p50": "p50 (median)", "p90": "p90", "p95": "p95", "p99": "p99"}
WITHIN = {
    "within_10s": "within 10 s",
    "within_1m": "within 1 min",
    "within_10m": "within 10 min",
    "within_1h": "within 1 h",
}
WAIT_COLOURS = dict(zip((PERCENTILES["p50"], PERCENTILES["p95"]), charts.SERIES, strict=False))


NOT_TIMED = (
    "How long messages took is not summed by campaign or market, so these figures are left out."
)


def draw(page: Delivery, selection: Selection) -> None:
    """Draw the page."""
    draw_figures(page, selection, timed=not selection.choice.by_campaign)
    with panels.side_by_side("rates", "wide_right"):
        with panels.panel("From sent to read"):
            draw_funnel(page)
        with panels.panel("Rates over time"):
            draw_rates(page, selection)
    if selection.choice.by_campaign:
        st.caption(f":material/info: {NOT_TIMED}")
    else:
        with panels.side_by_side("waits", "wide_right"):
            with panels.panel("Latency"):
                draw_waits(page.waits)
            with panels.panel("Latency over time"):
                draw_waits_over_time(page.waits_series, selection)
    with panels.panel("By weekday and hour"):
        draw_hours(page.hours, selection.zone)
    with panels.panel("By business number and category"):
        tables.rates_table(
            page.groups,
            {"number": "Business number", "category": "Category"},
            "Numbers and categories",
        )
        st.caption(tables.CATEGORY_CAVEAT)


def draw_figures(page: Delivery, selection: Selection, *, timed: bool) -> None:
    """Draw the rates and the typical times."""
    now = page.now
    with metric_tiles.tile_row():
        for rate in tables.RATES:
            metric_tiles.share_tile(rate, now, selection.choice)
        for label, what in WAITS.items() if timed else ():
            row = page.waits[page.waits["what"] == what]
            known = not row.empty
            metric_tiles.text_tile(
                f"Time {label.lower()}",
                formats.duration(row["p50"].iloc[0] if known else None),
                _slowest(row["p95"].iloc[0], what, selection) if known else None,
                help="Half of the messages took no longer, from sent on. Those without a sent "
                "status are left out.",
            )


def _slowest(p95: float, what: str, selection: Selection) -> str:
    """p95 23 s · goal ≤ 30 s: met."""
    goal = _wait_goal(what, selection)
    shown = f"p95 {formats.duration(p95)}"
    return f"{shown} · {goals.verdict(goal, p95)}" if goal else shown


def _wait_goal(what: str, selection: Selection) -> Goal | None:
    """The goal of the time within which 95% were delivered; none of the time to read."""
    return goals.of("p95_wait", selection.choice) if what == "deliver" else None


def draw_funnel(page: Delivery) -> None:
    """A chart of how many messages were delivered and read, and the outcomes of the others."""
    now = page.now
    steps = []
    for name in ("messages", "delivered", "read", "sent", "no_outcome", "failed"):
        count = getattr(now, name)
        colour = charts.COLOURS.get(name, charts.SERIES[-1])
        steps.append((METRICS[name].title, count, count / now.messages, colour))
    ink = INK[chart_drawing.theme()]
    chart_drawing.draw(
        charts.funnel_chart(steps, ink=ink),
        alt="Messages that were delivered and read, and the outcomes of the others",
    )


def draw_rates(page: Delivery, selection: Selection) -> None:
    """Lines of the rates: all three, or one of them by group."""
    with st.container(horizontal=True):
        by = page_choice.one("Lines", "split", SPLITS)
        rate = tables.RATES[0]
        if by != ALL:
            rate = METRICS[page_choice.one("Rate", "measure", MEASURES)]
    # Most messages without a category failed: their line at 0 % would hide the others.
    shown = page.series if by == ALL else page.series[page.series[by] != queries.NOT_STATED]
    frame, colours = (_all_rates(shown), charts.RATES) if by == ALL else _one_rate(shown, by, rate)
    before = previous_period.choose(selection) if by == ALL else None
    chart_drawing.draw(
        charts.line_chart(
            frame, selection, time="bucket", kind="line", value="rate", colours=colours,
            text="shown", share=True, from_zero=by == ALL,
            goals=_goals(tables.RATES if by == ALL else [rate], selection),
        ),
        alt=f"{'Delivery, read and failure rate' if by == ALL else rate.title} over time",
        colours=colours,
        above=previous_period.rates(before, tables.RATES, selection),
        over=selection,
    )  # fmt: skip
    if len(shown) < len(page.series):
        st.caption(f"Messages whose {by} is not stated are not shown.")


def _goals(rates: Sequence[Metric], selection: Selection) -> list[GoalLine]:
    """The lines of the goals of these rates."""
    found = [(goals.of(rate.name, selection.choice), charts.COLOURS[rate.name]) for rate in rates]
    return [
        GoalLine(goal.value, f"{goals.title(goal)}: {goals.text(goal)}", colour)
        for goal, colour in found
        if goal
    ]


def _all_rates(series: pd.DataFrame) -> pd.DataFrame:
    counts = ["messages", *(rate.part for rate in tables.RATES)]
    sums = series.groupby("bucket", as_index=False)[counts].sum()
    return pd.concat([_rate(sums, rate).assign(line=rate.title) for rate in tables.RATES])


def _one_rate(series: pd.DataFrame, by: str, rate: Metric) -> tuple[pd.DataFrame, dict[str, str]]:
    names = charts.topmost(series, by, "messages")
    kept = series[series[by].isin(names)]
    sums = kept.groupby(["bucket", by], as_index=False)[["messages", rate.part]].sum()
    frame = _rate(sums, rate).assign(line=sums[by].map(tables.TEXTS[by]))
    return frame, charts.colours_of([tables.TEXTS[by](name) for name in names])


def _rate(sums: pd.DataFrame, rate: Metric) -> pd.DataFrame:
    shares = metric_tiles.shares(sums, rate)
    return pd.DataFrame(
        {
            "bucket": sums["bucket"],
            "rate": shares,
            "shown": shares.map(formats.percent),
            "messages": sums["messages"],
            "messages_text": sums["messages"].map(formats.count),
        }
    )


def draw_hours(hours: pd.DataFrame, zone: str) -> None:
    """A heat map of messages, or of the delivery rate, by weekday and hour of a time zone."""
    shown = page_choice.one("Show", "heat", heat_map.SHOWN)
    chart_drawing.draw(
        heat_map.heat_map(hours, shown, zone),
        alt=f"{heat_map.SHOWN[shown]} by weekday and hour ({zone})",
        fill=False,
    )
    faded = f" Faded: fewer than {charts.LEAST} messages." if shown != "messages" else ""
    st.caption(f"Hours are those of {zone}, by when messages were sent.{faded}")
    download.offer("Weekdays and hours", hours.rename(columns={"hour": f"hour ({zone})"}))


def draw_waits(frame: pd.DataFrame) -> None:
    """The percentiles of both times, and the shares within some times."""
    if frame.empty:
        st.caption("No message of this period has both a sent status and a later one.")
        return
    rows = {str(row["what"]): row for row in frame.to_dict("records")}
    shown = pd.DataFrame(
        {
            "": [*PERCENTILES.values(), *WITHIN.values()],
            **{
                label: [
                    *(formats.duration(rows[what][name]) for name in PERCENTILES),
                    *(formats.percent(rows[what][name]) for name in WITHIN),
                ]
                for label, what in WAITS.items()
                if what in rows
            },
        }
    )
    st.table(shown, hide_index=True, border="horizontal", alt="Times to deliver and to read")
    download.offer("Latency in seconds", frame)
    st.caption(
        f"{formats.count(int(frame['messages'].max()))} messages, from sent to delivered and to "
        "read. p90: 90% took this long or less. Within 10 s: the share that took at most 10 s. "
        "Timestamps have 1 s resolution."
    )


def draw_waits_over_time(frame: pd.DataFrame, selection: Selection) -> None:
    """Median and 95th percentile of one of the times."""
    wait = page_choice.one("Time", "wait", {what: label for label, what in WAITS.items()})
    kept = frame[frame["what"] == wait]
    if kept.empty:
        st.caption("No message of this period has both a sent status and this one.")
        return
    long = kept.melt(["bucket", "messages"], ["p50", "p95"], var_name="line", value_name="seconds")
    long["line"] = long["line"].map(PERCENTILES)
    long["shown"] = long["seconds"].map(formats.duration)
    long["messages_text"] = long["messages"].map(formats.count)
    chart_drawing.draw(
        charts.line_chart(
            long, selection, time="bucket", kind="line", value="seconds", text="shown",
            colours=WAIT_COLOURS, goals=_wait_lines(wait, selection),
        ),
        colours=WAIT_COLOURS,
        alt="Median and 95th percentile over time",
        over=selection,
    )  # fmt: skip


def _wait_lines(wait: str, selection: Selection) -> list[GoalLine]:
    goal = _wait_goal(wait, selection)
    colour = WAIT_COLOURS[PERCENTILES["p95"]]
    return [GoalLine(goal.value, f"p95: {goals.text(goal)}", colour)] if goal else []


page.show("Delivery", queries.delivery, draw)
