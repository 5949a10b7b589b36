"""The badge with the age of the newest event, and the notice of what is wrong, on every page."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Literal

import streamlit as st

from dashboards import queries, warehouse_reader
from dashboards.answers import Freshness
from dashboards.components import filters, formats
from dashboards.selection import EVERY

FRESH = timedelta(minutes=2)
STALE = timedelta(minutes=15)

# A consumer reports every half minute. Four reports are missing.
DOWN = timedelta(minutes=2)

Colour = Literal["green", "orange", "red", "gray"]
# What happens if there is no new event. Unknown: no consumer of this version has run yet.
Lately = Literal["dead letters", "landing", "down", "behind", "quiet", "unknown"]
NOTICES = {"down": st.error, "quiet": st.info}  # of the others: a warning

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


@st.fragment(run_every=EVERY)
def notice() -> None:
    """Draw why no new events appear, and what to do; nothing if they do. It refreshes by itself."""
    now = datetime.now(UTC)
    with contextlib.suppress(warehouse_reader.WarehouseUnreadable):  # the badge says so
        found = newest()
        if text := noticed(found, now):
            NOTICES.get(_lately(found, now), st.warning)(text, icon=":material/info:")


def newest(*, ever: bool = False) -> Freshness:
    """The answer of the query `freshness`, in the chosen time zone. Raises Unreadable."""
    zone = filters.zone()

    def fresh() -> Freshness:
        return warehouse_reader.ask(
            lambda connection: queries.freshness(connection, ever=ever), zone=zone
        )

    return warehouse_reader.recall(("freshness", ever, zone), fresh).answer


def badge(newest: Freshness, now: datetime) -> tuple[str, str, Colour]:
    """Text, icon and colour: red if the consumer is down, or if that is unknown and nothing came
    for STALE; orange for all else that somebody should look at."""
    lately = _lately(newest, now)
    if newest.received_at is None:
        if newest.dead_letter_at:
            return "Only dead letters yet", ":material/error:", "orange"
        if lately == "down":
            return "Consumer down", ":material/error:", "red"
        return "No data yet", ":material/hourglass_empty:", "gray"
    gone = now - newest.received_at
    text = f"newest event {formats.age(gone)} ago"
    if gone < FRESH or (lately == "quiet" and gone < STALE):
        return text.capitalize(), ":material/check_circle:", "green"
    if lately == "landing":
        return f"Landing: {text}", ":material/sync:", "orange"
    if lately == "down":
        return f"Consumer down: {text}", ":material/error:", "red"
    if lately == "behind":
        return f"{_waiting(newest)}: {text}", ":material/hourglass_top:", "orange"
    if lately == "quiet":
        return f"No webhooks: {text}", ":material/inbox:", "orange"
    colour: Colour = "orange" if gone < STALE else "red"
    if lately == "dead letters":
        return f"Only dead letters: {text}", ":material/error:", colour
    if gone < STALE:
        return text.capitalize(), ":material/schedule:", colour
    return f"Stale: {text}", ":material/error:", colour


def explained(newest: Freshness, now: datetime) -> str:
    """The exact times, and what they mean for webhooks and consumer."""
    if newest.received_at is None:
        return _before_the_first_event(newest, now)
    received = formats.moment(newest.received_at)
    landed = formats.moment(newest.landed_at) if newest.landed_at else formats.NOTHING
    why = _why(newest, now) or f"Red from {formats.age(STALE)} on."
    return f"Newest event received {received}; last batch landed {landed}. {why}"


def noticed(newest: Freshness, now: datetime) -> str | None:
    """Why no new events appear, and what to do; None if they do, or if it is too early to tell."""
    if newest.received_at is None:
        return _why(newest, now) if _lately(newest, now) == "down" else None
    if _lately(newest, now) != "down" and now - newest.received_at < STALE:
        return None
    return _why(newest, now)


def _before_the_first_event(newest: Freshness, now: datetime) -> str:
    if newest.dead_letter_at:
        return (
            "Webhooks arrive, but Bluetick could not read any of them yet. The newest dead letter "
            f"is of {formats.moment(newest.dead_letter_at)}; `bluetick doctor` says what to do."
        )
    if _lately(newest, now) == "down":
        return f"Nothing has landed in this warehouse yet. {_why(newest, now)}"
    return (
        "Nothing has landed in this warehouse yet. "
        f"{NOTHING_COME if newest.partitions else NOTHING_TAKEN}"
    )


def _why(newest: Freshness, now: datetime) -> str | None:
    """The cause and the next step; None while events arrive."""
    if newest.received_at and now - newest.received_at < FRESH:
        return None
    lately = _lately(newest, now)
    if lately == "dead letters":
        return (
            "Webhooks arrive, but Bluetick could not read the latest ones: "
            "`bluetick doctor` says what to do."
        )
    if lately == "landing":
        return (
            "The consumer works: it has not caught up yet, or it only receives repeated events."
            + (f" {_waiting(newest)} in Kafka." if newest.waiting else "")
        )
    if lately == "down":
        return _down(newest, now)
    if lately == "behind":
        return (
            f"The consumer works, but nothing has landed lately. {_waiting(newest)} in Kafka. See "
            "its log for what stops it, or run `bluetick doctor`."
        )
    if lately == "quiet":
        return (
            "No webhooks arrive: the consumer works and has landed everything that is in Kafka. "
            "If messages were sent, see in your provider's console whether it can reach the "
            "receiver, and run `bluetick doctor`."
        )
    if newest.landed_at and newest.received_at and newest.landed_at - newest.received_at >= FRESH:
        return (
            "The events of that batch were old, so more events probably wait: the consumer has "
            "stopped, or it cannot land. `bluetick doctor` says which."
        )
    return "Either no webhooks arrive, or they do not land: `bluetick doctor` says which."


def _down(newest: Freshness, now: datetime) -> str:
    assert newest.alive_at
    silent = f"{formats.age(now - newest.alive_at)} (since {formats.moment(newest.alive_at)})"
    return (
        f"The consumer has not reported for {silent}: it has stopped, or it cannot reach Kafka or "
        "write the warehouse. New events wait in Kafka and do not appear here. Start "
        "`bluetick land` (or `bluetick up`), or see in its log what stops it."
    )


def _waiting(newest: Freshness) -> str:
    if newest.waiting == 1:
        return "1 event waits"
    return f"{formats.count(newest.waiting)} events wait"


def _lately(newest: Freshness, now: datetime) -> Lately:
    if newest.dead_letter_at and now - newest.dead_letter_at < FRESH:
        return "dead letters"
    if newest.landed_at and now - newest.landed_at < FRESH:
        return "landing"
    if newest.beat_at is None or newest.alive_at is None:
        return "unknown"
    if now - newest.alive_at >= DOWN:
        return "down"
    return "behind" if newest.waiting else "quiet"
