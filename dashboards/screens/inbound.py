"""Inbound: what people write, from where they come, and how soon they get an answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.answers import Inbound
from dashboards.components import (
    chart_drawing,
    charts,
    formats,
    metric_tiles,
    panels,
    tables,
)
from dashboards.selection import Selection

TYPES = 7
TALLEST = 480
SHORT = "ranges up to 2 days"
UNKNOWN = "not kept who wrote"
ABOUT = (
    "A message opens a service window of 24 hours if the same person wrote nothing to the same "
    "number in the 24 hours before. Its answer is the next message sent to them within the window, "
    "by a person or not. Windows that calls open are not counted."
)


def draw(page: Inbound, selection: Selection) -> None:
    """Draw the page."""
    draw_figures(page, selection)
    with panels.side_by_side("inbound"):
        with panels.panel("Messages by type"):
            draw_types(page.series, selection)
        with panels.panel("Business numbers"):
            draw_numbers(page)
    with panels.panel("Ads and posts"):
        draw_referrals(page)
    st.caption(ABOUT)


def draw_figures(page: Inbound, selection: Selection) -> None:
    """Draw how many messages came from whom, and how they were answered."""
    elapsed = (min(selection.until, datetime.now(UTC)) - selection.since).total_seconds()
    share = formats.percent(page.referred / page.messages) if page.messages else None
    with metric_tiles.tile_row():
        metric_tiles.text_tile(
            "Inbound messages",
            formats.count(page.messages),
            formats.rate(page.messages, elapsed),
            help="Messages from people, with reactions, edits and deletions.",
        )
        metric_tiles.text_tile(
            "People",
            formats.count(None if page.without_people else page.people),
            UNKNOWN if page.without_people else None,
            help="Different senders, by phone number or else by user id.",
        )
        metric_tiles.text_tile(
            "From ads and posts",
            formats.count(page.referred),
            f"{share} of all" if share else None,
            help="Messages that came by an ad that clicks to WhatsApp, or by a post.",
        )
        draw_answers(page)
        metric_tiles.text_tile(
            "Opt-outs",
            formats.count(page.stopped),
            f"{formats.count(page.resumed)} opted in",
            help="How often people chose to get no more marketing messages, and to get them.",
        )


def draw_answers(page: Inbound) -> None:
    """Draw two tiles: the service windows opened, and how long until the answer."""
    found = page.answers
    missing = UNKNOWN if page.without_people else SHORT
    metric_tiles.text_tile(
        "Service windows",
        formats.count(found.opened if found else None),
        "opened" if found else missing,
        help="Service windows that messages of this period opened. Shown for ranges up to two "
        "days.",
    )
    metric_tiles.text_tile(
        "Time to answer",
        formats.duration(found.p50 if found else None),
        f"{formats.count(found.answered)} of {formats.count(found.opened)} answered"
        if found
        else missing,
        help="Half of the answers came at least so soon after the message that opened the window"
        + (f"; 90% within {formats.duration(found.p90)}." if found and found.p90 else ".")
        + " Windows that are still open may yet be answered.",
    )


def draw_types(series: pd.DataFrame, selection: Selection) -> None:
    """Bars over time, stacked by type; the rarest types together."""
    if series.empty:
        st.info("No inbound message in this period.", icon=":material/inbox:")
        return
    kept = charts.topmost(series, "type", "messages", keep=TYPES)
    bars, names = charts.rest_together(series, kept, "bucket", kind="type")
    colours = charts.colours_of(names)
    chart_drawing.draw(
        charts.stacked_bars(
            bars,
            selection,
            time="bucket",
            kind="type",
            value="messages",
            colours=colours,
            unit="Messages",
            fade=False,
        ),
        alt="Inbound messages over time, stacked by type",
        over=selection,
        colours=colours,
    )


def draw_numbers(page: Inbound) -> None:
    """A row for each business number that people wrote to."""
    numbers = page.numbers
    tables.show(
        _known(
            page,
            {
                "Business number": numbers["number"].map(tables.TEXTS["number"]),
                "Messages": numbers["messages"],
                "People": numbers["people"],
                "From ads and posts": numbers["referred"],
            },
        ),
        "Business numbers",
        alt="Business numbers with inbound messages and the people who wrote them",
        height=_height(numbers),
        columns={
            name: tables.count_column() for name in ("Messages", "People", "From ads and posts")
        },
    )


def draw_referrals(page: Inbound) -> None:
    """A row for each ad or post that people came by."""
    referrals = page.referrals
    if referrals.empty:
        st.info("Nobody came by an ad or a post in this period.", icon=":material/ads_click:")
        return
    tables.show(
        _known(
            page,
            {
                "Came by": referrals["referral"].map(formats.words),
                "Id": referrals["referral_id"].fillna(formats.NOTHING),
                "Messages": referrals["messages"],
                "People": referrals["people"],
            },
        ),
        "Ads and posts",
        alt="Ads and posts with the messages and people that came by them",
        height=_height(referrals),
        columns={name: tables.count_column() for name in ("Messages", "People")},
    )


def _known(page: Inbound, columns: dict[str, pd.Series]) -> pd.DataFrame:
    """A table of these columns; without the number of people if it is not kept who they were."""
    if page.without_people:
        del columns["People"]
    return pd.DataFrame(columns)


def _height(frame: pd.DataFrame) -> int:
    return min(38 + 35 * max(len(frame), 1), TALLEST)


page.show(
    "Inbound",
    queries.inbound,
    draw,
    what="inbound messages",
)
