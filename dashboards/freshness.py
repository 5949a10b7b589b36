"""How old the data is: shown on every page, red when nothing has come for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import streamlit as st

from dashboards import formats, queries, snapshot
from dashboards.answers import Freshness
from dashboards.scope import EVERY

FRESH = timedelta(minutes=2)
STALE = timedelta(minutes=15)

Colour = Literal["green", "orange", "red", "gray"]


@st.fragment(run_every=EVERY)
def show() -> None:
    """A badge with the age of the newest event, kept up to date by itself."""
    now = datetime.now(UTC)
    try:
        found = newest()
    except snapshot.Unreadable:
        st.badge("No warehouse", icon=":material/cloud_off:", color="red")
        return
    label, icon, colour = badge(found, now)
    st.badge(label, icon=icon, color=colour, help=explained(found))


def newest() -> Freshness:
    """The newest thing in the warehouse. Raises Unreadable."""
    return snapshot.recall("freshness", lambda: snapshot.ask(queries.freshness)).answer


def badge(newest: Freshness, now: datetime) -> tuple[str, str, Colour]:
    """Text, icon and colour: green up to FRESH, red from STALE on, orange between."""
    moment = newest.received_at or newest.landed_at
    if moment is None:
        return "No data yet", ":material/hourglass_empty:", "gray"
    gone = now - moment
    text = f"Newest event {formats.age(gone)} ago"
    if gone >= STALE:
        return f"Stale: {text[0].lower()}{text[1:]}", ":material/error:", "red"
    if gone >= FRESH:
        return text, ":material/schedule:", "orange"
    return text, ":material/check_circle:", "green"


def explained(newest: Freshness) -> str:
    """The exact times behind the badge."""
    if newest.landed_at is None:
        return "Nothing has been landed in this warehouse yet."
    received = formats.moment(newest.received_at) if newest.received_at else formats.NOTHING
    return (
        f"Newest event received {received}; last batch landed {formats.moment(newest.landed_at)}. "
        f"Red from {formats.age(STALE)} on: either no webhooks arrive, or they are not landed."
    )
