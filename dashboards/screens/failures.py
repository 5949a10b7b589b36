"""Failures: which codes, how often, what they mean, and what to do about them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import login, page, queries
from dashboards.answers import Failures
from dashboards.components import (
    chart_drawing,
    charts,
    clicks,
    comparison,
    formats,
    metric_tiles,
    panels,
    previous_period,
    tables,
)
from dashboards.roles import Right
from dashboards.selection import Selection
from warehouse.metrics import METRICS

CHOOSE = (
    "Select a row above, or choose one error code in the sidebar, to see what it means and which "
    "messages failed with it."
)
NOT_LISTED = "The table `error_catalogue` does not have this code."


def draw(page: Failures, selection: Selection) -> None:
    """Draw the page."""
    draw_figures(page, selection)
    if page.codes.empty:
        which = " with the chosen error codes" if selection.choice.codes else ""
        st.success(f"No message failed{which} in this period.", icon=":material/check_circle:")
        return
    with panels.panel("Failures over time"):
        draw_over_time(page.series, page.codes, selection)
    with panels.panel("Error codes"):
        draw_codes(page.codes, compared=bool(page.before.comparable(page.now)))
    with panels.panel("Error code details"):
        draw_one_code(page.codes, selection)


def draw_figures(page: Failures, selection: Selection) -> None:
    """Draw how many messages failed, compared with the period before."""
    now, before = page.now, page.before.comparable(page.now)
    with metric_tiles.tile_row():
        metric_tiles.count_tile(METRICS["failed"], now.failed, before.failed if before else None)
        metric_tiles.rate_tile(METRICS["failure_rate"], now, before, selection.choice, good="less")
        new = int((page.codes["before"] == 0).sum())
        metric_tiles.text_tile(
            "Distinct error codes",
            formats.count(len(page.codes)),
            f"{new} new in this period" if before else None,
            help="New: the code did not occur in the period before, which has the same length.",
        )
        if not page.codes.empty:
            families = page.codes.groupby("family")["share"].sum()
            metric_tiles.text_tile(
                "Top failure reason",
                formats.percent(families.max()),
                formats.words(str(families.idxmax())),
                help="Share of failed messages. Codes with the same cause have one reason, for "
                "every provider.",
            )
    st.caption(comparison.in_words(page.before, page.now, selection))


def draw_over_time(series: pd.DataFrame, codes: pd.DataFrame, selection: Selection) -> None:
    """Bars by family; the smallest families are combined."""
    names = charts.topmost(series, "family", "messages")
    grouped, shown = charts.rest_together(series, names, "bucket")
    before = previous_period.choose(selection)
    chart_drawing.draw(
        charts.stacked_bars(
            grouped,
            selection,
            time="bucket",
            kind="family",
            value="messages",
            colours=charts.colours_of(shown),
            unit="Failed messages",
        ),
        alt="Failed messages over time, stacked by reason",
        above=previous_period.counts(before, "failed", selection),
        over=selection,
        colours=charts.colours_of(shown),
        fill=False,
        bars=clicks.Bars("codes", "family", of_families(codes)),
    )


def of_families(codes: pd.DataFrame) -> dict[str, list[str]]:
    """The ids of the codes of each family, by its name as people read it."""
    named = codes["family"].map(formats.words)
    found: dict[str, list[str]] = {}
    for family, code in zip(named, code_ids(codes), strict=True):
        found.setdefault(str(family), []).append(code)
    return found


def draw_codes(frame: pd.DataFrame, *, compared: bool) -> None:
    """A table of all codes with what to do, their share, change and trend."""
    shown = pd.DataFrame(
        {
            "Code": frame["error_code"].map(code_text),
            "Meaning": frame["title"],
            "What to do": frame["action"].replace("", formats.NOTHING),
            "Messages": frame["messages"],
            "Share": 100 * frame["share"],
            "Change": list(map(change_text, frame["messages"], frame["before"])),
            "Over time": frame["trend"],
            "Reason": frame["family"].map(formats.words),
            "Dialect": frame["dialect"],
        }
    )
    tables.show(
        shown if compared else shown.drop(columns="Change"),
        "Error codes",
        row_height=tables.WRAPPED,
        height=min(38 + tables.WRAPPED * len(shown), 640),
        columns={
            "Code": st.column_config.TextColumn(width=70),
            "Meaning": st.column_config.TextColumn(width=160),
            "What to do": st.column_config.TextColumn(width=270),
            "Messages": tables.count_column(),
            "Share": tables.share_column(charts.COLOURS["failed"]),
            "Over time": tables.course_column(charts.COLOURS["failed"]),
        },
        alt="Failure codes with what to do and their share",
        rows=clicks.Rows("codes", code_ids(frame)),
    )


def change_text(now: int, before: int) -> str:
    """The change of a code's messages; from few messages, the number itself."""
    if not before:
        return "new"
    few = before < metric_tiles.LEAST_CHANGED
    return f"{formats.count(before)} before" if few else str(formats.change(now, before))


def draw_one_code(frame: pd.DataFrame, selection: Selection) -> None:
    """What the only code means, and the newest messages that failed with it."""
    if len(frame) != 1:
        st.caption(CHOOSE)
        return
    (row,) = frame.to_dict("records")
    st.markdown(f"**{code_text(row['error_code'])} · {formats.escaped(row['title'])}**")
    family = formats.escaped(formats.words(row["family"]))
    st.markdown(f"**{family}.** {formats.prose(row['meaning'] or NOT_LISTED)}")
    if row["action"]:
        retry = formats.retry(row["retry"])
        st.markdown(f"**What to do:** {formats.prose(row['action'])} :gray-badge[{retry}]")
    if login.person().may(Right.PEOPLE):
        found = frame_of_messages(selection, row["dialect"], _code(row["error_code"]))
        draw_messages(row, found, selection.zone)


def draw_messages(row: dict[Hashable, Any], messages: pd.DataFrame, zone: str) -> None:
    """The newest messages that failed with the code of a row."""
    tables.show(
        messages,
        "Messages of a code",
        height=min(38 + 35 * len(messages), 320),
        columns={
            f"Failed at ({zone})": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss"),
            "Message id": st.column_config.TextColumn(width="large"),
        },
        alt="The newest messages that failed with this code",
    )
    st.caption(
        f"The newest {formats.count(len(messages))} of {formats.count(row['messages'])}. "
        "Recipients are not shown; the view `outcomes` has them."
    )


def frame_of_messages(selection: Selection, dialect: str, code: int | None) -> pd.DataFrame:
    """The newest messages of a code, with headings."""
    found, _ = page.answer_of(queries.failed_messages, selection.choice, dialect, code).answer
    return pd.DataFrame(
        {
            f"Failed at ({selection.zone})": found["failed_at"],
            "Message id": found["message_id"],
            "Business number": found["number"].map(formats.number),
            "Category": found["category"].map(tables.TEXTS["category"]),
        }
    )


def code_ids(frame: pd.DataFrame) -> list[str]:
    """The codes as values of the filter: cloud-131026."""
    codes = map(_code, frame["error_code"])
    return [
        f"{dialect}-{'none' if code is None else code}"
        for dialect, code in zip(frame["dialect"], codes, strict=True)
    ]


def code_text(code: float | None) -> str:
    """The code as text, or words if the provider sent no code."""
    found = _code(code)
    return "no code" if found is None else str(found)


def _code(value: float | None) -> int | None:
    """The values as in the warehouse: data frames have no whole numbers beside missing ones."""
    return None if value is None or pd.isna(value) else int(value)


page.show("Failures", queries.failures, draw)
