"""What all pages share: head, age of the data, refreshing, and what to say without data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import streamlit as st

from consumer.warehouse import Location
from dashboards import filters, freshness, snapshot, welcome
from dashboards.scope import Choice, Scope, refresh_of, scope_at

CHOICE = "choice"
# Scopes that follow the clock are asked anew sooner, as each refresh is a new one.
REMEMBERED_SECONDS = 60


class Answer(Protocol):
    """What a page's query returns."""

    @property
    def empty(self) -> bool: ...


Page = TypeVar("Page", bound=Answer)
Answered = TypeVar("Answered")


def choose() -> None:
    """Draws the filters, for the page that is shown next."""
    with st.sidebar:
        st.session_state[CHOICE] = filters.show()


def show(
    title: str,
    query: Callable[[snapshot.Connection, Scope], Page],
    draw: Callable[[Page, Scope], None],
    *,
    what: str = "messages",
    whole_days: bool = False,
    unused: Iterable[str] = (),
) -> None:
    """One page: `draw` what `query` answers, again and again.

    `what` names what it counts. A page of `whole_days` shows all of its first and last day.
    `unused` names the filters that mean nothing here.
    """
    choice: Choice = st.session_state.get(CHOICE, Choice())
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title(title, anchor=False, width="content")
        freshness.show()

    @st.fragment(run_every=refresh_of(choice))
    def body() -> None:
        now = datetime.now(UTC)
        scope = scope_at(choice, now)
        try:
            page = ask(query, snapshot.location(), scope)
            landed = not page.empty or freshness.newest(snapshot.location()).landed_at
        except snapshot.Unreadable as error:
            welcome.unreadable(str(error))
            return
        if not landed:
            welcome.first_webhook()
            return
        st.caption(filters.summary(scope, whole_days=whole_days))
        for name in unused:
            if getattr(choice, filters.PLACES[name]):
                st.caption(f":material/info: The filter {name.lower()} does not apply here.")
        if page.empty:
            welcome.nothing_chosen(what, scope.filtered)
        else:
            draw(page, scope)

    body()


@st.cache_data(ttl=REMEMBERED_SECONDS, max_entries=200, show_spinner=False)
def ask(query: Callable[..., Answered], where: Location, scope: Scope, *args: object) -> Answered:
    """A query's answer, shared by all who look at the same scope. Raises Unreadable."""
    return snapshot.ask(query, where, scope, *args)
