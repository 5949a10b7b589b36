"""Puts charts on a page, each with a legend that wraps and with words for screen readers."""

from __future__ import annotations

import html
from datetime import timedelta

import altair
import pandas as pd
import streamlit as st

from dashboards.components import charts, clicks, event_marks
from dashboards.selection import Selection


def theme() -> str:
    """The theme of this viewer: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def draw(
    chart: altair.Chart | altair.LayerChart,
    *,
    alt: str,
    colours: dict[str, str] | None = None,
    fill: bool = True,
    bars: clicks.Bars | None = None,
    above: altair.Chart | None = None,
    over: Selection | None = None,
    step: timedelta | None = None,
) -> None:
    """Draw a chart below a legend of `colours`. With `fill`, it is as high as its panel.

    A click on one of `bars` sets a filter. What is `above` is drawn over the chart. A chart `over`
    the time of a selection, with bars of `step` or else of its step, has marks of account events.
    Raises WarehouseUnreadable.
    """
    if colours:
        st.html(legend(colours, faded=_faded(chart)))
    if bars:
        picked = altair.selection_point(name=clicks.PICKED, fields=[bars.field])
        chart = chart.add_params(picked)
    if above is not None:
        chart = altair.LayerChart(layer=[chart, above])
    events = event_marks.of(over.choice) if over else None
    if over and events is not None and not events.empty:
        axis = charts.time_axis("at", step or over.step)
        chart = event_marks.marked(chart, events, axis, theme(), over.zone)
    labels = charts.LABELS[theme()]
    st.altair_chart(
        chart.configure_axis(labelColor=labels).configure_legend(labelColor=labels),
        height="stretch" if fill else "content",
        alt=alt,
        **(bars.options(alt) if bars else {}),
    )
    if events is not None:
        event_marks.say(events)


def legend(colours: dict[str, str], *, faded: bool) -> str:
    """HTML with each name beside its colour. It wraps, where Vega's legends are cut off."""
    items = [
        f'<li><i style="background:{colour}"></i>{html.escape(name)}</li>'
        for name, colour in colours.items()
    ]
    if faded:
        items.append('<li class="note">Faded: newest or few messages, may still change</li>')
    return f'<ul class="legend">{"".join(items)}</ul>'


def _faded(chart: altair.Chart | altair.LayerChart) -> bool:
    data = chart.data
    if not isinstance(data, pd.DataFrame) or "opacity" not in data:
        return False
    return bool((data["opacity"] < 1).any())
