"""Tables, which can also be downloaded."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboards.components import charts, clicks, download, formats, metric_tiles
from warehouse.metrics import METRICS

TEXTS = {"number": formats.number, "category": formats.words}
CATEGORY_CAVEAT = (
    "Providers name the category in the price of a message, often only when it is delivered. "
    "The category of the others is then not stated, and rates by category run high."
)
RATES = [METRICS[name] for name in ("delivery_rate", "read_rate", "failure_rate")]
# Height of a row with up to three lines of text, in pixels.
WRAPPED = 68
MESSAGES, NO_OUTCOME = METRICS["messages"].title, METRICS["no_outcome"].title


def show(
    frame: pd.DataFrame,
    title: str,
    *,
    alt: str,
    columns: dict[str, ColumnConfig] | None = None,
    row_height: int | None = None,
    height: int | Literal["auto"] = "auto",
    whole: download.Rows | None = None,
    rows: clicks.Rows | None = None,
) -> None:
    """A table that can be downloaded as `title`, or `whole` if it shows only a part of that.

    A click on one of `rows` sets a filter.
    """
    columns = columns or {}
    st.dataframe(
        frame,
        hide_index=True,
        column_config=columns,
        row_height=row_height,
        height=height,
        alt=alt,
        **(rows.options(title) if rows else {}),
    )
    download.offer(title, with_units(frame, columns) if whole is None else whole)


def with_units(frame: pd.DataFrame, columns: dict[str, ColumnConfig]) -> pd.DataFrame:
    """The frame with a unit in the headings of percentages."""
    shares = {
        name: f"{name} (%)"
        for name, column in columns.items()
        if column["type_config"] and column["type_config"]["type"] == "progress"
    }
    return frame.rename(columns=shares)


def rates_table(groups: pd.DataFrame, names: dict[str, str], title: str) -> None:
    """A row for each group: its messages, rates, no outcome, and course over time."""
    shown = pd.DataFrame(
        {label: groups[column].map(TEXTS[column]) for column, label in names.items()}
        | {MESSAGES: groups["messages"]}
        | {rate.title: 100 * metric_tiles.shares(groups, rate) for rate in RATES}
        | {NO_OUTCOME: groups["no_outcome"], "Over time": groups["trend"]}
    )
    show(
        shown,
        title,
        columns={
            MESSAGES: count_column(),
            NO_OUTCOME: count_column(),
            "Over time": course_column(charts.COLOURS["read"]),
        }
        | {rate.title: share_column(charts.COLOURS[rate.name], help=rate.help) for rate in RATES},
        alt=f"Rates by {' and '.join(names.values()).lower()}",
    )


def count_column() -> ColumnConfig:
    """A column of counts."""
    return st.column_config.NumberColumn(format="%,d")


def share_column(colour: str = charts.SERIES[0], help: str | None = None) -> ColumnConfig:
    """A column of percentages, 0 to 100, with bars."""
    return st.column_config.ProgressColumn(
        help=help, format="%.1f %%", min_value=0, max_value=100, color=colour
    )


def course_column(colour: str) -> ColumnConfig:
    """A column of small charts over the time range."""
    return st.column_config.AreaChartColumn(y_min=0, color=colour)
