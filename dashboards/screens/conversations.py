"""Conversations: where they came from, and which field says so."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.answers import Conversations
from dashboards.components import (
    chart_drawing,
    charts,
    formats,
    metric_tiles,
    page_choice,
    panels,
    tables,
)
from dashboards.selection import Selection

# Label, unit, and explanation of each basis.
BASES = {
    "conversation": (
        "Conversation",
        "conversations",
        "The provider named a conversation and its origin. It does so for older traffic and for "
        "conversations that began at an ad or a button.",
    ),
    "category": (
        "Category",
        "messages",
        "These messages name no conversation, which is usual with per-message pricing. Each counts "
        "by its pricing category.",
    ),
    "pricing_type": (
        "Pricing type",
        "messages",
        "These messages name neither a conversation nor a category. Each counts by its pricing "
        "type.",
    ),
    "referral": (
        "Referral",
        "inbound messages",
        "Users wrote after they had seen an ad or a post. Their messages say so, with any "
        "answers are priced as.",
    ),
}


def draw(page: Conversations, selection: Selection) -> None:
    """Draw the page."""
    totals = page.origins.groupby("origin_basis")["counted"].sum()
    present = list(totals.sort_values(ascending=False).index)
    with metric_tiles.tile_row():
        for basis in present:
            label, unit, explained = of(basis)
            metric_tiles.text_tile(
                f"By {label.lower()}", formats.count(totals[basis]), unit, help=explained
            )
    basis = page_choice.one(
        "Origin source", "basis", {name: of(name)[0] for name in present}, hidden=False
    )
    label, unit, explained = of(basis)
    st.info(f"**Based on {label.lower()}.** {explained}", icon=":material/info:")
    origins = page.origins[page.origins["origin_basis"] == basis]
    series = page.series[page.series["origin_basis"] == basis]
    colours = charts.colours_of([formats.words(name) for name in sorted(origins["origin"])])
    with panels.side_by_side("origins"):
        with panels.panel("Origins over time"):
            chart_drawing.draw(
                charts.stacked_bars(
                    series.assign(origin=series["origin"].map(formats.words)),
                    selection,
                    time="bucket",
                    kind="origin",
                    value="counted",
                    colours=colours,
                    unit=unit.capitalize(),
                    step=selection.day_step,
                ),
                alt=f"{unit.capitalize()} over time, stacked by origin",
                over=selection,
                step=selection.day_step,
                colours=colours,
            )
        with panels.panel("Origins"):
            draw_origins(origins, unit)


def draw_origins(origins: pd.DataFrame, unit: str) -> None:
    """A table with the count and share of each origin."""
    total = origins["counted"].sum()
    shown = pd.DataFrame(
        {
            "Origin": origins["origin"].map(formats.words),
            unit.capitalize(): origins["counted"],
            "Share": 100 * origins["counted"] / total,
        }
    )
    if unit == "conversations":
        shown.insert(2, "Messages", origins["messages"])
    tables.show(
        shown,
        "Origins",
        columns={
            unit.capitalize(): tables.count_column(),
            "Messages": tables.count_column(),
            "Share": tables.share_column(),
        },
        alt="Origins with their count and share",
    )


def of(basis: str) -> tuple[str, str, str]:
    """Label, unit and explanation of a basis; a new basis is shown by its name."""
    return BASES.get(basis, (formats.words(basis), "conversations", "A basis without a text."))


page.show(
    "Conversations",
    queries.conversations,
    draw,
    what="conversations",
    whole_days=True,
)
