"""The badge with the age of the newest event, on every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import streamlit as st

from dashboards import queries, warehouse_reader
from dashboards.answers import Freshness
from dashboards.components import formats
from dashboards.selection import EVERY

FRESH = timedelta(minutes=2)
STALE = timedelta(minutes=15)

Colour = Literal["green", "orange", "red", "gray"]
# What happens if there is no new event.
Lately = Literal["dead letters", "landing", "nothing"]

NOTHING_TAKEN = (
    "The consumer does not read any Kafka partition yet. See its log, or run `bluetick doctor`."
)
NOTHING_COME = (
    "The consumer reads its Kafka partitions, so the next webhook should appear here. If it does "
    "not, run `bluetick doctor`."
)


@st.fragment(run_every=EVERY)
def show() -> None:
    """Draw the badge. It refreshes by itself."""
    now = datetime.now(UTC)
    try:
        found = newest()
    except warehouse_reader.WarehouseLocked as error:
        st.badge("Warehouse busy", icon=":material/lock_clock:", color="orange", help=str(error))
        return
    except warehouse_reader.WarehouseUnreadable as error:
        st.badge(
            "Not readable", icon=":material/cloud_off:", color="red", help=formats.prose(str(error))
        )
        return
    label, icon, colour = badge(found, now)
    st.badge(label, icon=icon, color=colour, help=explained(found, now))


def newest(*, ever: bool = False) -> Freshness:
    """The answer of the query `freshness`. Raises Unreadable."""

    def fresh() -> Freshness:
        return warehouse_reader.ask(lambda connection: queries.freshness(connection, ever=ever))

    return warehouse_reader.recall(("freshness", ever), fresh).answer


def badge(newest: Freshness, now: datetime) -> tuple[str, str, Colour]:
    """Text, icon and colour: green up to FRESH, red from STALE on, orange between."""
    if newest.received_at is None:
        if newest.dead_letter_at:
            return "Only dead letters yet", ":material/error:", "orange"
        return "No data yet", ":material/hourglass_empty:", "gray"
    gone = now - newest.received_at
    text = f"newest event {formats.age(gone)} ago"
    if gone < FRESH:
        return text.capitalize(), ":material/check_circle:", "green"
    lately = _lately(newest, now)
    if lately == "landing":
        return f"Landing: {text}", ":material/sync:", "orange"
    colour: Colour = "orange" if gone < STALE else "red"
    if lately == "dead letters":
        return f"Only dead letters: {text}", ":material/error:", colour
    if gone < STALE:
        return text.capitalize(), ":material/schedule:", colour
    return f"Stale: {text}", ":material/error:", colour


def explained(newest: Freshness, now: datetime) -> str:
    """The exact times, and what they mean for webhooks and consumer."""
    if newest.received_at is None:
        return _before_the_first_event(newest)
    received = formats.moment(newest.received_at)
    landed = formats.moment(newest.landed_at) if newest.landed_at else formats.NOTHING
    why = _why(newest.received_at, newest, now)
    return f"Newest event received {received}; last batch landed {landed}. {why}"


def _before_the_first_event(newest: Freshness) -> str:
    if newest.dead_letter_at:
        return (
            "Webhooks arrive, but Bluetick could not read any of them yet. The newest dead letter "
            f"is of {formats.moment(newest.dead_letter_at)}; `bluetick doctor` says what to do."
        )
    return (
        "Nothing has landed in this warehouse yet. "
        f"{NOTHING_COME if newest.partitions else NOTHING_TAKEN}"
    )


def _why(received_at: datetime, newest: Freshness, now: datetime) -> str:
    if now - received_at < FRESH:
        return f"Red from {formats.age(STALE)} on."
    lately = _lately(newest, now)
    if lately == "dead letters":
        return (
            "Webhooks arrive, but Bluetick could not read the latest ones: "
            "`bluetick doctor` says what to do."
        )
    if lately == "landing":
        return "The consumer works: it has not caught up yet, or it only receives repeated events."
    if newest.landed_at and newest.landed_at - received_at >= FRESH:
        return (
            "The events of that batch were old, so more events probably wait: the consumer has "
            "stopped, or it cannot land. `bluetick doctor` says which."
        )
    return "Either no webhooks arrive, or they do not land: `bluetick doctor` says which."


def _lately(newest: Freshness, now: datetime) -> Lately:
    if newest.dead_letter_at and now - newest.dead_letter_at < FRESH:
        return "dead letters"
    return "landing" if newest.landed_at and now - newest.landed_at < FRESH else "nothing"
