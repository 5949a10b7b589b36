"""Marks of account events on charts over time: what may explain a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboards import queries, warehouse_reader
from dashboards.components import account_words, formats
from dashboards.queries.filters import OF_TABLES
from dashboards.selection import FILTERS, Choice, selection_at

# As many are marked, the newest; the rest is counted in words.
MOST = 30
COLOUR = {"light": "#7A3FA0", "dark": "#C9A0E8"}
# Pixels around a mark in which it shows its words.
NEAR = 9


def of(choice: Choice) -> pd.DataFrame:
    """The events of a choice, the newest first: at, when, words. Raises WarehouseUnreadable."""

    # Charts share the events, whatever else they filter by.
    others: dict[str, Any] = {name: () for name in FILTERS if name not in OF_TABLES}
    wanted = replace(choice, **others)

    def fresh() -> pd.DataFrame:
        return warehouse_reader.ask(queries.marks, selection_at(wanted, datetime.now(UTC)))

    return in_words(warehouse_reader.recall(("marks", wanted), fresh).answer)


def in_words(events: pd.DataFrame) -> pd.DataFrame:
    """The events with what they are about: at, when, words."""
    rows = events.astype(object).where(events.notna(), None).to_dict("records")
    return pd.DataFrame(
        {
            "at": events["occurred_at"],
            "when": [f"{at:%-d %b, %H:%M}" for at in events["occurred_at"]],
            "words": [
                account_words.sentence(row["field"], row["event"], row["value"])
                + (f" ({formats.number(row['number'])})" if row["number"] else "")
                for row in rows
            ],
        }
    )


def marked(
    chart: alt.Chart | alt.LayerChart, events: pd.DataFrame, x: alt.X, theme: str, zone: str
) -> alt.LayerChart:
    """The chart with a thin rule for each of the newest events; `x` is the axis of the chart.

    `zone` is that of the times.
    """
    base = alt.Chart(events.head(MOST)).encode(
        x=x,
        tooltip=[
            alt.Tooltip("when:N", title=f"Time ({zone})"),
            alt.Tooltip("words:N", title="Account event"),
        ],
    )
    colour = COLOUR[theme]
    rules = base.mark_rule(strokeWidth=1, strokeDash=[4, 3], color=colour).encode(
        description=alt.Description("words:N")
    )
    # A rule of one pixel would be hard to point at.
    around = base.mark_rule(strokeWidth=NEAR, opacity=0, aria=False)
    heads = base.mark_point(
        shape="triangle-down", size=50, filled=True, color=colour, aria=False, clip=False
    ).encode(y=alt.YValue(0))  # type: ignore[no-untyped-call]
    return alt.LayerChart(layer=[chart, rules, around, heads])


def say(events: pd.DataFrame) -> None:
    """Say how many events are marked, and how many are not."""
    if events.empty:
        return
    count = len(events)
    many = f"{formats.count(min(count, MOST))} account event{'' if count == 1 else 's'}"
    rest = count - MOST
    more = f" {formats.count(rest)} older ones are not marked." if rest > 0 else ""
    st.caption(f":material/flag: Marked: {many}; point at a mark to see it.{more}")
