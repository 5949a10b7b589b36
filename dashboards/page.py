"""The frame of every page: title, age of the data, refreshing, and the empty state."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

import streamlit as st

from dashboards import access_log, login, page_filters, warehouse_reader
from dashboards.components import clicks, download, empty_state, filters, freshness_badge
from dashboards.query_cache import Kept
from dashboards.roles import Right
from dashboards.selection import EVERY, Choice, Selection, selection_at

CHOICE = "choice"
IGNORED = "ignored"  # the sentence about filters that do not apply
OF_CODES = (
    "Failed messages are those with the chosen error codes. Rates are shares of all messages."
)
WAITING = "waiting"
SHOWN = "shown"


class Answer(Protocol):
    """The answer of a page's query."""

    @property
    def empty(self) -> bool: ...


Page = TypeVar("Page", bound=Answer)
Answered = TypeVar("Answered")


def choose(page: str) -> None:
    """Draw the filters of the page that is shown next, a name of dashboards/page_filters.py."""
    with st.sidebar:
        choice = filters.show(page)
    st.session_state[CHOICE] = page_filters.honoured(choice, page)
    st.session_state[IGNORED] = filters.not_applied(choice, page)


def show(
    title: str,
    query: Callable[[warehouse_reader.Connection, Selection], Page],
    draw: Callable[[Page, Selection], None],
    *,
    what: str = "messages",
    whole_days: bool = False,
    ranged: bool = True,
) -> None:
    """Show a page: `draw` the answer of `query`, and refresh it.

    `what` names what it counts. With `whole_days`, the page shows its first and last day
    completely. A page that is not `ranged` has neither a time range nor filters.
    """
    choice: Choice = st.session_state.get(CHOICE, Choice())
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title(title, anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            menu = st.container(width="content")
            freshness_badge.show()
    freshness_badge.notice()
    download.begin(title)
    access_log.once("page", title)

    @st.fragment(run_every=EVERY)
    def body() -> None:
        if clicks.happened():
            st.rerun()
        download.clear()
        try:
            with _waiting(title, choice):
                kept = answer_of(query, choice)
            page, selection = kept.answer
            found = freshness_badge.newest(ever=True) if page.empty else None
            if found and found.status_at is None and login.person().may(Right.WHOLE):
                st.session_state[WAITING] = True
                empty_state.first_webhook(found)
                return
            if st.session_state.pop(WAITING, False):
                st.rerun()  # the filters have values now
            if ranged:
                seconds = timedelta(seconds=kept.lasts)
                st.caption(filters.summary(selection, seconds, whole_days))
            if ignored := st.session_state.get(IGNORED):
                st.caption(f":material/info: {ignored}")
            if choice.codes:
                st.caption(f":material/info: {OF_CODES}")
            if found:
                empty_state.nothing_chosen(what, selection.filtered, found)
            else:
                draw(page, selection)  # it may ask further queries
        except warehouse_reader.WarehouseUnreadable as error:
            st.session_state[WAITING] = True
            empty_state.unreadable(str(error))
        if download.changed():
            st.rerun()

    body()
    with menu:
        download.menu()


def _waiting(title: str, choice: Choice) -> AbstractContextManager[None]:
    """A spinner while a page loads, but not while it refreshes."""
    shown, st.session_state[SHOWN] = st.session_state.get(SHOWN), (title, choice)
    return nullcontext() if shown == (title, choice) else st.spinner("Counting …")


def answer_of(
    query: Callable[..., Answered], choice: Choice, *args: Hashable
) -> Kept[tuple[Answered, Selection]]:
    """A query's current answer for a choice, with its selection. Raises Unreadable."""

    def fresh() -> tuple[Answered, Selection]:
        selection = selection_at(choice, datetime.now(UTC))
        return warehouse_reader.ask(query, selection, *args), selection

    return warehouse_reader.recall((query.__name__, choice, args), fresh)
