"""Pricing: what is billed and what is free, by the provider's fields, and what it costs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.answers import Pricing
from dashboards.components import (
    chart_drawing,
    charts,
    costs,
    formats,
    metric_tiles,
    panels,
    reconciliation,
    tables,
)
from dashboards.selection import Selection
from warehouse.metrics import METRICS

MARKETS = 14
RULES = {
    "category": "Category",
    "pricing_type": "Type",
    "pricing_model": "Model",
    "verdict": "Billing",
}
UNITS = METRICS["units"]
# Titles by the values of the column `verdict`.
VERDICTS = {name: METRICS[f"{name}_units"] for name in ("billable", "free", "unknown")}


def draw(page: Pricing, selection: Selection) -> None:
    """Draw the page."""
    total = page.now["units"]
    with metric_tiles.tile_row():
        metric_tiles.text_tile(UNITS.title, formats.count(total), None, help=UNITS.help)
        for metric in VERDICTS.values():
            units = page.now[metric.name]
            metric_tiles.text_tile(
                metric.title,
                formats.count(units),
                f"{formats.percent(units / total)} of units",
                help=metric.help,
            )
    costs.draw(page.costs, selection.zone)
    with panels.side_by_side("units"):
        with panels.panel("Units over time"):
            chart_drawing.draw(
                charts.stacked_bars(
                    page.series.assign(verdict=titles(page.series)),
                    selection,
                    time="bucket",
                    kind="verdict",
                    value="units",
                    colours=charts.VERDICTS,
                    unit="Units",
                    step=selection.day_step,
                ),
                alt="Units over time, stacked by billing",
                over=selection,
                step=selection.day_step,
                colours=charts.VERDICTS,
            )
        with panels.panel("Units by market"):
            draw_markets(page.markets)
    with panels.panel("By pricing rule"):
        draw_rules(page.rows, total)


def titles(frame: pd.DataFrame) -> pd.Series[str]:
    """The verdict of each row, as people read it."""
    return frame["verdict"].map({name: metric.title for name, metric in VERDICTS.items()})


def draw_markets(frame: pd.DataFrame) -> None:
    """A chart of the largest markets."""
    names = charts.topmost(frame, "market", "units", keep=MARKETS)
    kept = frame[frame["market"].isin(names)]
    chart_drawing.draw(
        charts.ranked_bars(
            kept.assign(verdict=titles(kept)),
            name="market",
            value="units",
            kind="verdict",
            colours=charts.VERDICTS,
            unit="Units",
        ),
        alt="Units by market, stacked by billing",
        colours=charts.VERDICTS,
        fill=False,
    )
    if frame["market"].nunique() > MARKETS:
        st.caption(f"The {MARKETS} largest markets of {frame['market'].nunique()}.")


def draw_rules(rows: pd.DataFrame, total: int) -> None:
    """A table of units by category, type and model, for all markets."""
    named = rows.assign(**{name: rows[name].fillna(queries.NOT_STATED) for name in RULES})
    sums = named.groupby(list(RULES), as_index=False)[["units"]].sum()
    sums = sums.sort_values("units", ascending=False)
    shown = pd.DataFrame(
        {label: sums[name] for name, label in RULES.items()}
        | {"Units": sums["units"], "Share": 100 * sums["units"] / total}
    )
    for label in ("Category", "Type"):
        shown[label] = shown[label].map(formats.words)
    shown["Model"] = shown["Model"].replace(queries.NOT_STATED, formats.words(queries.NOT_STATED))
    shown["Billing"] = titles(sums)
    tables.show(
        shown,
        "Pricing rules",
        columns={
            "Units": tables.count_column(),
            "Share": tables.share_column(),
        },
        alt="Units by category, pricing type, model and billing",
    )


page.show(
    "Pricing",
    queries.pricing,
    draw,
    what="units",
    whole_days=True,
)
if not st.session_state.get(page.WAITING):
    reconciliation.show()
