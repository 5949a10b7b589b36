"""Dashed lines for goals, in charts with lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import altair as alt
import pandas as pd


class GoalLine(NamedTuple):
    """What a value should reach, in the unit of the chart, with its words and its colour."""

    value: float
    text: str
    colour: str


def layers(goals: Sequence[GoalLine], axis: alt.Axis, scale: alt.Scale) -> Iterator[alt.Chart]:
    """A line for each goal, and its text above the line; nothing without goals."""
    if not goals:
        return
    base = alt.Chart(pd.DataFrame(goals)).encode(
        y=alt.Y("value:Q", title=None, axis=axis, scale=scale),
        color=alt.Color("colour:N", scale=None),
        description=alt.Description("text:N"),
    )
    yield base.mark_rule(strokeDash=[6, 4], strokeWidth=1.5)
    yield base.mark_text(align="left", baseline="bottom", dx=4, dy=-2, fontSize=12).encode(
        x=alt.XValue(0),  # type: ignore[no-untyped-call]
        text=alt.Text("text:N"),
    )
