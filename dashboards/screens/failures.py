"""Failures: which codes, how often, what they mean, and what to do about them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.answers import Failures
from dashboards.components import charts, formats, metric_tiles, panels, tables
from dashboards.selection import Selection
from warehouse.metrics import METRICS

RETRY = {"yes": "Sending again helps", "later": "Send again later", "no": "Do not send again"}
NOT_LISTED = "The table `error_catalogue` does not have this code."


def draw(page: Failures, selection: Selection) -> None:
    """Draw the page."""
    draw_figures(page)
    if page.codes.empty:
        st.success("No message failed in this period.", icon=":material/check_circle:")
        return
    with panels.panel("Failures over time"):
        draw_over_time(page.series, selection)
    with panels.panel("Codes"):
        draw_codes(page.codes)
    with panels.panel("Look into a code"):
        draw_one_code(page.codes, selection)


def draw_figures(page: Failures) -> None:
    """Draw how many messages failed, compared with the period before."""
    now, before = page.now, page.before
    with metric_tiles.tile_row():
        metric_tiles.count_tile(METRICS["failed"], now.failed, before.failed, good="less")
        rate = METRICS["failure_rate"]
        metric_tiles.rate_tile(rate, now.share(rate), before.share(rate), good="less")
        metric_tiles.plain_tile(
            "Different codes",
            len(page.codes),
            f"{int((page.codes['before'] == 0).sum())} new in this period",
            help="New: the code did not occur in the period before, which has the same length.",
        )
        if not page.codes.empty:
            families = page.codes.groupby("family")["share"].sum()
            metric_tiles.text_tile(
                "Largest family",
                formats.percent(families.max()),
                formats.words(str(families.idxmax())),
                help="Codes with the same cause belong to one family, for every provider.",
            )


def draw_over_time(series: pd.DataFrame, selection: Selection) -> None:
    """Bars by family; the smallest families are combined."""
    names = charts.topmost(series, "family", "messages")
    named = series.assign(
        family=[formats.words(f) if f in names else charts.OTHER for f in series["family"]]
    )
    grouped = named.groupby(["bucket", "family"], as_index=False)[["messages"]].sum()
    shown = [formats.words(name) for name in names]
    if charts.OTHER in set(grouped["family"]):
        shown.append(charts.OTHER)
    st.altair_chart(
        charts.stacked_bars(
            grouped,
            selection,
            time="bucket",
            kind="family",
            value="messages",
            colours=charts.colours_of(shown),
            unit="Failed messages",
        ),
        alt="Failed messages over time, stacked by family",
    )


def draw_codes(frame: pd.DataFrame) -> None:
    """A table of all codes with their share, trend and advice."""
    shown = pd.DataFrame(
        {
            "Code": frame["error_code"].map(code_text),
            "Meaning": frame["title"],
            "Messages": frame["messages"],
            "Share": 100 * frame["share"],
            "Change": [
                formats.change(now, before) or "new"
                for now, before in zip(frame["messages"], frame["before"], strict=True)
            ],
            "Over time": frame["trend"],
            "What to do": frame["action"].replace("", formats.NOTHING),
            "Family": frame["family"].map(formats.words),
            "Dialect": frame["dialect"],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "Meaning": st.column_config.TextColumn(width="medium"),
            "Messages": tables.count_column(),
            "Share": tables.share_column(charts.COLOURS["failed"]),
            "Over time": tables.course_column(charts.COLOURS["failed"]),
            "What to do": st.column_config.TextColumn(width="large"),
        },
        alt="Failure codes with their share and what to do",
    )


def draw_one_code(frame: pd.DataFrame, selection: Selection) -> None:
    """What a code means, and the newest messages that failed with it."""
    rows = {(row["dialect"], _code(row["error_code"])): row for row in frame.to_dict("records")}
    dialects = {code: sum(c == code for _, c in rows) for _, code in rows}
    chosen = st.selectbox(
        "Code",
        list(rows),
        format_func=lambda key: (
            f"{code_text(key[1])} · {rows[key]['title']}"
            + (f" ({key[0]})" if dialects[key[1]] > 1 else "")
        ),
        index=None,
        placeholder="Choose a code to see what it means and which messages failed with it",
        key="code",
        label_visibility="collapsed",
    )
    if chosen is None:
        return
    row = rows[chosen]
    family = formats.escaped(formats.words(row["family"]))
    st.markdown(f"**{family}.** {formats.prose(row['meaning'] or NOT_LISTED)}")
    if row["action"]:
        retry = formats.escaped(RETRY.get(row["retry"], row["retry"]))
        st.markdown(f"**What to do:** {formats.prose(row['action'])} :gray-badge[{retry}]")
    messages = frame_of_messages(selection, *chosen)
    st.dataframe(
        messages,
        hide_index=True,
        height=min(38 + 35 * len(messages), 320),
        column_config={
            "Failed at (UTC)": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss"),
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
            "Failed at (UTC)": found["failed_at"],
            "Message id": found["message_id"],
            "Business number": found["number"].map(formats.number),
            "Category": found["category"].map(tables.TEXTS["category"]),
        }
    )


def code_text(code: float | None) -> str:
    """The code as text, or words if the provider sent no code."""
    found = _code(code)
    return "no code" if found is None else str(found)


def _code(value: float | None) -> int | None:
    """The values as in the warehouse: data frames have no whole numbers beside missing ones."""
    return None if value is None or pd.isna(value) else int(value)


page.show("Failures", queries.failures, draw)
