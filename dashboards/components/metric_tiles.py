"""Tiles with single figures, in a row at the top of a page."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboards import goals
from dashboards.answers import Totals
from dashboards.components import formats
from dashboards.selection import Choice
from warehouse.metrics import Metric

Good = Literal["more", "less"]
Colour = Literal["normal", "inverse", "off"]

# Smaller changes of a rate have no colour: they are normal variation.
STEADY_POINTS = 0.005
# A change from fewer than this is written as the count itself.
LEAST_CHANGED = 20

_COLOURS: dict[Good, Colour] = {"more": "normal", "less": "inverse"}


def tile_row() -> AbstractContextManager[Any]:
    """The container of a row of tiles; it wraps in a narrow window."""
    return st.container(key="tiles", gap="small")


def count_tile(metric: Metric, now: int, before: int | None) -> None:
    """A count and its change. Without a colour: more traffic is neither good nor bad, and more
    failures of more messages can be a smaller share."""
    if before is None:
        delta = None
    elif before < LEAST_CHANGED:
        delta = f"{formats.count(before)} before"
    else:
        delta = formats.change(now, before)
    _tile(metric.title, formats.count(now), delta, metric.help)


def rate_tile(
    metric: Metric,
    now: Totals,
    before: Totals | None,
    choice: Choice,
    *,
    good: Good = "more",
) -> None:
    """A share with its numerator and denominator, its goal, and its change in percentage points.

    `good` says which direction is good.
    """
    share = now.share(metric)
    earlier = before.share(metric) if before else None
    delta = formats.points(share, earlier)
    moved = share is not None and earlier is not None and abs(share - earlier) >= STEADY_POINTS
    colour: Colour = _COLOURS[good] if moved else "off"
    _tile(
        metric.title,
        formats.percent(share),
        delta,
        metric.help,
        colour,
        _aimed(now, metric, choice),
    )


def of(now: Totals, metric: Metric) -> str:
    """The numerator and denominator of a share: 1,204 of 1,310."""
    return f"{formats.count(getattr(now, metric.part))} of {formats.count(now.messages)}"


def _aimed(now: Totals, metric: Metric, choice: Choice) -> str:
    """1,204 of 1,310 · goal ≥ 95.0%: missed."""
    goal = goals.of(metric.name, choice)
    aim = [goals.verdict(goal, now.share(metric))] if goal else []
    return " · ".join([of(now, metric), *aim])


def shares(frame: pd.DataFrame, metric: Metric) -> pd.Series[float]:
    """A metric that is a share, 0 to 1, in each row of a frame of counts."""
    return frame[metric.part] / frame[metric.of]


def text_tile(label: str, value: str, beside: str | None, *, help: str) -> None:
    """A figure that is not compared, and a few words below it."""
    _tile(label, value, None, help, beside=beside)


def share_tile(metric: Metric, now: Totals, choice: Choice) -> None:
    """A share with its numerator, denominator and goal, that is not compared."""
    shown = formats.percent(now.share(metric))
    text_tile(metric.title, shown, _aimed(now, metric, choice), help=metric.help)


def _tile(
    label: str,
    value: str,
    delta: str | None,
    help: str,
    colour: Colour = "off",
    beside: str | None = None,
) -> None:
    changed = delta is not None and delta[0] in "+-"
    st.metric(
        label,
        value,
        delta or beside,
        delta_color=colour,
        delta_arrow="auto" if changed else "off",
        delta_description=beside if delta else None,
        border=True,
        help=help,
        height="stretch",
    )
