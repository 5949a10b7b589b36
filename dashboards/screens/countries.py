"""Countries: how many messages arrive in each market, and why the others fail."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.answers import Countries
from dashboards.components import (
    chart_drawing,
    charts,
    clicks,
    formats,
    metric_tiles,
    panels,
    tables,
)
from dashboards.selection import Selection
from warehouse.metrics import METRICS

# As many markets are in a chart.
LARGEST = 14
OUTCOMES = ("read", "delivered", "sent", "no_outcome", "failed")
FAMILIES = 5
ABOUT = (
    "A market is a country or a group of countries with one price, found by the calling code of "
    "the recipient. Select a row or a bar to filter by its market, on every page that can."
)


def draw(page: Countries, selection: Selection) -> None:
    """Draw the page."""
    draw_figures(page, selection)
    with panels.side_by_side("markets"):
        with panels.panel("Messages by market"):
            draw_outcomes(page.markets)
        with panels.panel("Failed messages by market"):
            draw_failures(page.failures, selection)
    with panels.panel("All markets"):
        draw_all(page.markets)
        st.caption(ABOUT)


def draw_figures(page: Countries, selection: Selection) -> None:
    """Draw the figures of all markets together."""
    now = page.now
    named = page.markets[page.markets["market"] != queries.NOT_STATED]
    unknown = now.messages - int(named["messages"].sum())
    with metric_tiles.tile_row():
        metric_tiles.text_tile(
            "Markets",
            formats.count(len(named)),
            f"{formats.count(unknown)} messages without" if unknown else None,
            help="Markets with at least one message in this period. The market of other messages "
            "is not known: their recipients hide their phone number.",
        )
        metric_tiles.text_tile(
            METRICS["messages"].title,
            formats.count(now.messages),
            None,
            help=METRICS["messages"].help,
        )
        for rate in tables.RATES:
            metric_tiles.share_tile(rate, now, selection.choice)


def draw_outcomes(markets: pd.DataFrame) -> None:
    """Bars of the largest markets, stacked by outcome."""
    largest = markets.head(LARGEST)
    # A read message counts only as read.
    wide = largest.assign(delivered=largest["delivered"] - largest["read"])
    long = wide[["market", *OUTCOMES]].melt("market", var_name="outcome", value_name="messages")
    chart_drawing.draw(
        charts.ranked_bars(
            long.assign(
                market=long["market"].map(name_of),
                outcome=long["outcome"].map({name: METRICS[name].title for name in OUTCOMES}),
            ),
            name="market",
            value="messages",
            kind="outcome",
            colours=charts.OUTCOMES,
            unit=METRICS["messages"].title,
        ),
        alt="Messages by market, stacked by outcome",
        colours=charts.OUTCOMES,
        fill=False,
        bars=_bars(markets),
    )
    _say_how_many(markets)


def draw_failures(failures: pd.DataFrame, selection: Selection) -> None:
    """Bars of the markets with most failures, stacked by reason."""
    if failures.empty:
        which = " with the chosen error codes" if selection.choice.codes else ""
        st.success(f"No message failed{which} in this period.", icon=":material/check_circle:")
        return
    most = charts.topmost(failures, "market", "messages", keep=LARGEST)
    kept = charts.topmost(failures, "family", "messages", keep=FAMILIES)
    shown = failures[failures["market"].isin(most)]
    named = shown.assign(market=shown["market"].map(name_of))
    grouped, names = charts.rest_together(named, kept, "market")
    colours = charts.colours_of(names)
    chart_drawing.draw(
        charts.ranked_bars(
            grouped,
            name="market",
            value="messages",
            kind="family",
            colours=colours,
            unit="Failed messages",
        ),
        alt="Failed messages by market, stacked by reason",
        colours=colours,
        fill=False,
        bars=_bars(failures),
    )
    _say_how_many(failures)


def draw_all(markets: pd.DataFrame) -> None:
    """A row for each market: messages, rates, and the most frequent failure with advice."""
    tables.show(
        pd.DataFrame(
            {"Market": markets["market"].map(name_of), tables.MESSAGES: markets["messages"]}
            | {rate.title: 100 * metric_tiles.shares(markets, rate) for rate in tables.RATES}
            | {
                METRICS["failed"].title: markets["failed"],
                "Most frequent failure": markets["reason"].fillna(formats.NOTHING),
                "What to do": markets["action"].fillna(formats.NOTHING),
            }
        ),
        "All markets",
        alt="Markets with their messages, rates and most frequent failure",
        rows=clicks.Rows("markets", list(markets["market"])),
        height=min(38 + 35 * len(markets), 640),
        columns={
            tables.MESSAGES: tables.count_column(),
            METRICS["failed"].title: tables.count_column(),
            "Most frequent failure": st.column_config.TextColumn(width=200),
            "What to do": st.column_config.TextColumn(width=400),
        }
        | {
            rate.title: tables.share_column(charts.COLOURS[rate.name], help=rate.help)
            for rate in tables.RATES
        },
    )


def name_of(market: str) -> str:
    """The market as people read it."""
    return formats.words(market) if market == queries.NOT_STATED else market


def _bars(frame: pd.DataFrame) -> clicks.Bars:
    return clicks.Bars("markets", "market", {name_of(name): [name] for name in frame["market"]})


def _say_how_many(frame: pd.DataFrame) -> None:
    markets = frame["market"].nunique()
    if markets > LARGEST:
        st.caption(f"The {LARGEST} largest markets of {markets}.")


page.show("Countries", queries.countries, draw)
