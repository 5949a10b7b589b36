"""Messages: everything that landed about one of them, by its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import access_log, page, queries
from dashboards.answers import AnyMessage, MessageEvents
from dashboards.components import formats, metric_tiles, page_choice, panels, tables
from dashboards.selection import Selection

KINDS = {
    "inbound": "This message came from a user",
    "reply": "Reply to this message",
    "change": "Change of this message",
    "account_event": "Account event",
    "send": "What the sender said",
}
HOW = (
    "Paste the id of a message, as the provider names it in its answer to the sender or in a "
    "webhook. The id is compared as it is, with upper and lower case."
)
UNKNOWN = (
    "Nothing about this message has landed. It may be too new (the top of the page says how old "
    "the newest event is), it may belong to an account whose webhooks do not come here, or a part "
    "of the id is missing."
)
BODY = (
    "The warehouse keeps no bodies of webhooks. Kafka keeps them for some days in the topic "
    "`whatsapp.raw`: `bluetick tail raw` prints them. People are masked; the view "
    "`message_events` has them. The time range and the filters do not apply here."
)
TIME = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss")


def draw(page_state: AnyMessage, selection: Selection) -> None:
    """Draw the page."""
    del page_state
    wanted = page_choice.typed("Message id", "id", placeholder="wamid.…", help=HOW)
    if not wanted:
        st.info(HOW, icon=":material/search:")
        return
    access_log.once("message", "Messages", wanted)
    found, _ = page.answer_of(queries.message_events, selection.choice, wanted).answer
    if found.empty:
        st.warning(UNKNOWN, icon=":material/search_off:")
        return
    draw_figures(found, selection.zone)
    draw_advice(found.statuses)
    if not found.statuses.empty:
        with panels.panel("Statuses"):
            draw_statuses(found.statuses, selection.zone)
    if not found.others.empty:
        with panels.panel("Related events"):
            draw_others(found.others, selection.zone)
    st.caption(BODY)


def draw_figures(found: MessageEvents, zone: str) -> None:
    """Draw what became of the message, and how long it took."""
    statuses = found.statuses
    times = statuses.groupby("name")["occurred_at"].min()
    with metric_tiles.tile_row():
        if statuses.empty:
            metric_tiles.text_tile(
                "Events",
                formats.count(len(found.others)),
                "no status",
                help="Statuses are of messages that a business sent.",
            )
            return
        last = statuses.iloc[-1]
        metric_tiles.text_tile(
            "Latest status",
            formats.escaped(formats.words(str(last["name"]))),
            f"{last['occurred_at']:%-d %b %Y, %H:%M:%S} {zone}",
            help="The status that happened last, by the provider's clock.",
        )
        for label, name in (("Time to deliver", "delivered"), ("Time to read", "read")):
            both = {"sent", name} <= set(times.index)
            metric_tiles.text_tile(
                label,
                formats.duration((times[name] - times["sent"]).total_seconds() if both else None),
                None if both else f"no {'sent' if name in times.index else name} status",
                help=f"From sent to {name}.",
            )
        people = list(statuses["person"].dropna().unique())
        metric_tiles.text_tile(
            "Recipient" if len(people) < 2 else "Recipients",
            formats.count(len(people)) if len(people) > 1 else formats.escaped("".join(people)),
            f"from {formats.escaped(formats.number(str(last['number'])))}",
            help="Masked. Below it is the business number that sent the message.",
        )


def draw_advice(statuses: pd.DataFrame) -> None:
    """What each error means, and what to do about it."""
    errors = statuses.dropna(subset="error_code").drop_duplicates("error_code")
    for row in errors.to_dict("records"):
        title = "" if pd.isna(row["error_title"]) else formats.escaped(row["error_title"])
        text = f"**Error {row['error_code']}.** {title}"
        if not pd.isna(row["action"]):
            retry = formats.retry(str(row["retry"]))
            text += f"  \n**What to do:** {formats.prose(row['action'])} ({retry})"
        st.error(text, icon=":material/error:")


def draw_statuses(statuses: pd.DataFrame, zone: str) -> None:
    """All statuses in order, each with the time since the one before. Times are of `zone`."""
    gaps = statuses["occurred_at"].diff().dt.total_seconds()
    arrivals = (statuses["received_at"] - statuses["occurred_at"]).dt.total_seconds()
    tables.show(
        without_empty(
            {
                "Status": statuses["name"].map(formats.words),
                f"Time ({zone})": statuses["occurred_at"],
                "Since the one before": [_duration(gap) for gap in gaps],
                "Received after": [_duration(gap) for gap in arrivals],
                "Pricing": statuses["pricing"].replace("", None),
                "Billable": statuses["billable"].map({True: "yes", False: "no"}),
                "Error code": statuses["error_code"],
                # The tile has it, unless it is a group.
                "Recipient": statuses["person"] if statuses["person"].nunique() > 1 else None,
                "Campaign": statuses["campaign"],
            }
            | places(statuses)
        ),
        "Statuses",
        alt="Statuses of the message in order",
        columns={f"Time ({zone})": TIME},
    )


def draw_others(others: pd.DataFrame, zone: str) -> None:
    """Inbound messages, reactions and account events about the message. Times are of `zone`."""
    tables.show(
        without_empty(
            {
                "What": others["kind"].map(KINDS),
                "Type": others["name"].map(formats.words, na_action="ignore"),
                f"Time ({zone})": others["occurred_at"],
                "Person": others["person"],
                "Other message": others["other_message_id"],
            }
            | places(others)
        ),
        "Related events",
        alt="Events about the message that are not statuses",
        columns={f"Time ({zone})": TIME},
    )


def without_empty(columns: Mapping[str, object]) -> pd.DataFrame:
    """A frame of the columns that say something."""
    return pd.DataFrame(columns).dropna(axis="columns", how="all").fillna(formats.NOTHING)


def places(events: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Where each event came from, and where it stands in Kafka."""
    return {
        "Source": events["source"],
        "Dialect": events["dialect"],
        "Topic": events["topic"],
        "Partition": events["partition"],
        "Offset": events["offset"],
    }


def _duration(seconds: float) -> str:
    """A time that may be negative: clocks differ."""
    if pd.isna(seconds):
        return formats.NOTHING
    return f"{'-' if seconds < 0 else ''}{formats.duration(abs(seconds))}"


page.show("Messages", queries.any_message, draw, ranged=False)
