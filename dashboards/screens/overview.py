"""Overview: messages now and in the period before, and what needs attention."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.answers import Overview
from dashboards.components import (
    chart_drawing,
    charts,
    comparison,
    diagnosis,
    formats,
    metric_tiles,
    panels,
    previous_period,
    tables,
)
from dashboards.selection import Selection
from warehouse.metrics import METRICS

FAMILIES = 4
ONLY_BY_SOURCE = "Dead letters belong to a source: no other filter applies to them."
NO_FAILURES = "No message failed in this period."


def draw(page: Overview, selection: Selection) -> None:
    """Draw the page."""
    wrong = st.container()
    draw_figures(page, selection)
    if selection.choice.categories:
        st.caption(f":material/info: {tables.CATEGORY_CAVEAT}")
    with panels.side_by_side("messages", "wide_left"):
        with panels.panel("Message outcomes"):
            before = previous_period.choose(selection)
            chart_drawing.draw(
                charts.stacked_bars(
                    outcomes(page.series),
                    selection,
                    time="bucket",
                    kind="outcome",
                    value="messages",
                    colours=charts.OUTCOMES,
                    unit="Messages",
                ),
                alt="Messages over time, stacked by outcome",
                above=previous_period.counts(before, "messages", selection),
                over=selection,
                colours=charts.OUTCOMES,
            )
        with panels.panel("Why messages failed"):
            draw_reasons(page.families)
    with panels.panel("Business numbers"):
        tables.rates_table(page.numbers, {"number": "Business number"}, "Business numbers")
    with wrong:  # last, so that the figures do not wait for it
        diagnosis.show(selection.choice)


def draw_figures(page: Overview, selection: Selection) -> None:
    """Draw the six main figures, and what they are compared with."""
    now, before = page.now, page.before.comparable(page.now)
    with metric_tiles.tile_row():
        metric_tiles.count_tile(
            METRICS["messages"], now.messages, before.messages if before else None
        )
        for rate in (METRICS["delivery_rate"], METRICS["read_rate"]):
            metric_tiles.rate_tile(rate, now, before, selection.choice)
        metric_tiles.rate_tile(METRICS["failure_rate"], now, before, selection.choice, good="less")
        metric_tiles.text_tile(
            METRICS["no_outcome"].title,
            formats.count(now.no_outcome),
            f"{formats.count(now.sent)} still open",
            help=f"{METRICS['no_outcome'].help} Still open: {METRICS['sent'].help}",
        )
        metric_tiles.count_tile(
            METRICS["dead_letters"], page.dead_letters, page.dead_letters_before if before else None
        )
    st.caption(comparison.in_words(page.before, page.now, selection))
    if set(selection.choice.filters) - {"sources"}:
        st.caption(f":material/info: {ONLY_BY_SOURCE}")


def outcomes(series: pd.DataFrame) -> pd.DataFrame:
    """One row for each bucket and outcome. A read message counts only as read."""
    names = ["read", "delivered", "sent", "no_outcome", "failed"]
    wide = series.assign(delivered=series["delivered"] - series["read"])[["bucket", *names]]
    long = wide.melt("bucket", var_name="outcome", value_name="messages")
    return long.assign(outcome=long["outcome"].map({n: METRICS[n].title for n in names}))


def draw_reasons(families: pd.DataFrame) -> None:
    """The most frequent error families, each with advice for its most frequent code."""
    if families.empty:
        st.success(NO_FAILURES, icon=":material/check_circle:")
    for row in families.head(FAMILIES).to_dict("records"):
        advice = formats.prose(row["action"]) or formats.escaped(row["title"])
        family = formats.escaped(formats.words(row["family"]))
        st.markdown(
            f"**{family}** · {formats.count(row['messages'])} "
            f"({formats.percent(row['share'])})  \n:small[:gray[{advice}]]"
        )
    if len(families) > FAMILIES:
        st.page_link("screens/failures.py", label="All failures", icon=":material/arrow_forward:")


page.show("Overview", queries.overview, draw)
