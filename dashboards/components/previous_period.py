"""The period before, drawn behind a chart over time."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.components import chart_drawing, charts, formats, metric_tiles, page_choice
from dashboards.selection import Selection
from warehouse.metrics import Metric

INK = {"light": "#5A6472", "dark": "#B4BECB"}
FAINT = 0.55
DASHES = [5, 3]


def choose(selection: Selection) -> pd.DataFrame | None:
    """Draw a switch; returns the counts of the period before, or None if they are not drawn.

    Says why where the warehouse does not have them. Raises WarehouseUnreadable.
    """
    since, until = map(selection.local, selection.shifted)
    period = formats.time_range(since, until)
    if not page_choice.switch(
        "Period before", "before", help=f"Draw the period before as a dashed line: {period}."
    ):
        return None
    found, _ = page.answer_of(queries.series_before, selection.choice).answer
    if found is None:
        st.caption(
            ":material/info: The period before is not drawn: there is no data from before "
            f"{formats.moment(since)}."
        )
        return None
    st.caption(f"Dashed: {period}, as it is now.")
    return found


def counts(frame: pd.DataFrame | None, column: str, selection: Selection) -> alt.Chart | None:
    """A dashed line of counts, with a step for each bar."""
    if frame is None:
        return None
    # The last step ends with its bar.
    end = frame.tail(1).assign(bucket=frame["bucket"].tail(1) + selection.step)
    chart: alt.Chart = _line(pd.concat([frame, end]), column, selection).mark_line(
        interpolate="step-after", color=INK[chart_drawing.theme()], strokeWidth=1.5,
        strokeDash=DASHES, aria=False,
    )  # fmt: skip
    return chart


def rates(
    frame: pd.DataFrame | None, metrics: Sequence[Metric], selection: Selection
) -> alt.Chart | None:
    """A dashed line for each rate."""
    if frame is None:
        return None
    data = pd.concat(
        [
            pd.DataFrame(
                {
                    "bucket": frame["bucket"],
                    "line": rate.title,
                    "rate": metric_tiles.shares(frame, rate).where(
                        frame["messages"] >= charts.LEAST
                    ),
                }
            )
            for rate in metrics
        ]
    )
    chart: alt.Chart = (
        _line(data, "rate", selection)
        .mark_line(strokeWidth=1.5, strokeDash=DASHES, opacity=FAINT, aria=False)
        .encode(color=charts.colour("line", charts.RATES))
    )
    return chart


def _line(data: pd.DataFrame, column: str, selection: Selection) -> alt.Chart:
    chart: alt.Chart = alt.Chart(data).encode(
        x=charts.time_axis("bucket", selection.step), y=alt.Y(f"{column}:Q", title=None)
    )
    return chart
