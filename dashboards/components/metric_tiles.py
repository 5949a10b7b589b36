"""Tiles with single figures, in a row at the top of a page."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboards.components import formats
from warehouse.metrics import Metric

Good = Literal["more", "less", "neither"]

# Smaller changes have no colour: they are normal variation.
STEADY_SHARE = 0.05
STEADY_POINTS = 0.005

_COLOURS: dict[Good, Literal["normal", "inverse", "off"]] = {
    "more": "normal",
    "less": "inverse",
    "neither": "off",
}


def tile_row() -> AbstractContextManager[Any]:
    """The container of a row of tiles; it wraps in a narrow window."""
    return st.container(key="tiles", gap="small")


def count_tile(
    metric: Metric,
    now: int,
    before: int,
    *,
    good: Good = "neither",
    series: pd.DataFrame | None = None,
) -> None:
    """A count and its relative change; `good` says which direction is good.

    `series` has the metric over time, as a column of its name.
    """
    spark = None if series is None else series[metric.name]
    quiet = not before or abs(now - before) < STEADY_SHARE * before
    delta = formats.change(now, before)
    _tile(metric.title, formats.count(now), delta, "neither" if quiet else good, spark, metric.help)


def rate_tile(
    metric: Metric,
    now: float | None,
    before: float | None,
    *,
    good: Good = "more",
    series: pd.DataFrame | None = None,
) -> None:
    """A share, 0 to 1, and its change in percentage points.

    `series` has the share's numerator and denominator over time, as columns of their names.
    """
    spark = None if series is None else shares(series, metric)
    quiet = now is None or before is None or abs(now - before) < STEADY_POINTS
    delta = formats.points(now, before)
    _tile(
        metric.title, formats.percent(now), delta, "neither" if quiet else good, spark, metric.help
    )


def shares(frame: pd.DataFrame, metric: Metric) -> pd.Series[float]:
    """A metric that is a share, 0 to 1, in each row of a frame of counts."""
    return frame[metric.part] / frame[metric.of]


def plain_tile(
    label: str, now: int, beside: str, *, help: str, spark: pd.Series[float] | None = None
) -> None:
    """A count that is not compared, and a few words beside it."""
    _tile(label, formats.count(now), beside, None, spark, help)


def text_tile(label: str, value: str, beside: str | None, *, help: str) -> None:
    """A figure that is already a text."""
    _tile(label, value, beside, None, None, help)


def _tile(
    label: str,
    value: str,
    delta: str | None,
    good: Good | None,
    spark: pd.Series[float] | None,
    help: str,
) -> None:
    changed = delta is not None and delta[0] in "+-"
    st.metric(
        label,
        value,
        delta,
        delta_color=_COLOURS[good] if good and changed else "off",
        delta_arrow="auto" if good and changed else "off",
        chart_data=None if spark is None else spark.dropna().astype(float).tolist(),
        chart_type="area",
        border=True,
        help=help,
        height="stretch",
    )
