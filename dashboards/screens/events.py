"""Account events: what happened to the account, its numbers and its templates."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.answers import AccountEvents
from dashboards.components import (
    account_words,
    chart_drawing,
    charts,
    formats,
    metric_tiles,
    page_choice,
    panels,
    tables,
)
from dashboards.selection import Selection

OWN, ALL = "account", "all"
SHOWN = {OWN: "About the account", ALL: "All"}
QUALITY = ("message_template_quality_update", "phone_number_quality_update")
TIME = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss")
TALLEST = 480
FIELDS = 7
ABOUT = (
    "By the time at which they happened. Events about single messages, calls, groups and people, "
    "such as messages sent with the app, are counted under “All”; this list leaves them out. The "
    "table `account_events` has the webhooks."
)


def draw(page: AccountEvents, selection: Selection) -> None:
    """Draw the page."""
    draw_figures(page.counts)
    with panels.side_by_side("account_events"):
        with panels.panel("Events over time"):
            shown = page_choice.one("Show", "show", SHOWN)
            draw_over_time(_chosen(page.series, shown), selection)
        with panels.panel("By kind"):
            draw_counts(_chosen(page.counts, shown), selection.zone)
    with panels.panel("What happened"):
        draw_newest(page, selection.zone)
        st.caption(ABOUT)


def draw_figures(counts: pd.DataFrame) -> None:
    """Draw the events that people look for first."""
    names = counts["event"].fillna("").str.upper()
    stops = pd.Series(
        [
            account_words.stops(field, name)
            for field, name in zip(counts["field"], names, strict=True)
        ],
        index=counts.index,
        dtype=bool,
    )
    templates = counts["field"] == "message_template_status_update"
    with metric_tiles.tile_row():
        for label, rows, help in (
            (
                "Account events",
                ~counts["of_people"],
                "Events about the account, its numbers and its templates.",
            ),
            (
                "Templates stopped",
                templates & stops,
                "Templates that were paused, disabled, rejected, flagged, locked or deleted.",
            ),
            (
                "Quality changes",
                counts["field"].isin(QUALITY),
                "Changes of the quality or the limit of a template or a number.",
            ),
            (
                "Restrictions",
                stops & ~templates,
                "Restrictions, violations and bans of the account, and a review that it failed.",
            ),
            (
                "Opt-outs",
                (counts["field"] == "user_preferences") & (names == "STOP"),
                "Users who chose to get no more marketing messages.",
            ),
        ):
            metric_tiles.text_tile(
                label, formats.count(counts.loc[rows, "events"].sum()), None, help=help
            )


def draw_over_time(series: pd.DataFrame, selection: Selection) -> None:
    """Bars over time, stacked by field; the rarest fields together."""
    if series.empty:
        st.info("No such event in this period.", icon=":material/event_available:")
        return
    kept = charts.topmost(series, "field", "events", keep=FIELDS)
    bars, names = charts.rest_together(
        series, kept, "bucket", kind="field", value="events", title=account_words.field_title
    )
    colours = charts.colours_of(names)
    chart_drawing.draw(
        charts.stacked_bars(
            bars,
            selection,
            time="bucket",
            kind="field",
            value="events",
            colours=colours,
            unit="Events",
            fade=False,
        ),
        alt="Account events over time, stacked by kind",
        colours=colours,
    )


def draw_counts(counts: pd.DataFrame, zone: str) -> None:
    """A row for each field and event. Times are of `zone`."""
    tables.show(
        pd.DataFrame(
            {
                "Kind": counts["field"].map(account_words.field_title),
                "Event": counts["event"].fillna(formats.NOTHING).str.lower().map(formats.words),
                "Events": counts["events"],
                f"Newest ({zone})": counts["newest"],
            }
        ),
        "By kind",
        alt="Account events by kind with their number and the newest one",
        height=_height(counts),
        columns={"Events": tables.count_column(), f"Newest ({zone})": TIME},
    )


def draw_newest(page: AccountEvents, zone: str) -> None:
    """The newest events of the account, in words. Times are of `zone`."""
    newest = page.newest
    if newest.empty:
        st.info("Nothing happened to the account in this period.", icon=":material/check_circle:")
        return
    rows = list(zip(newest["field"], newest["event"], newest["value"], strict=True))
    known = [[None if pd.isna(part) else str(part) for part in row] for row in rows]
    tables.show(
        pd.DataFrame(
            {
                f"Time ({zone})": newest["occurred_at"],
                "What happened": [
                    account_words.sentence(str(field), event, value)
                    for field, event, value in known
                ],
                "Business number": newest["number"].map(formats.number).map(_or_nothing),
                "Stops messages": [
                    "yes" if account_words.stops(str(field), event) else ""
                    for field, event, _ in known
                ],
                "Kind": newest["field"].map(account_words.field_title),
                "Source": newest["source"],
            }
        ),
        "What happened",
        alt="The newest account events in words",
        height=_height(newest),
        columns={
            f"Time ({zone})": TIME,
            "What happened": st.column_config.TextColumn(width=460),
        },
    )
    total = int(page.counts.loc[~page.counts["of_people"], "events"].sum())
    if total > len(newest):
        st.caption(f"The newest {formats.count(len(newest))} of {formats.count(total)}.")


def _chosen(frame: pd.DataFrame, shown: str) -> pd.DataFrame:
    return frame if shown == ALL else frame[~frame["of_people"]]


def _or_nothing(number: str) -> str:
    return formats.NOTHING if number == queries.NOT_STATED else number


def _height(frame: pd.DataFrame) -> int:
    return min(38 + 35 * max(len(frame), 1), TALLEST)


page.show(
    "Account events",
    queries.account_events,
    draw,
    what="account events",
)
