"""The page's address has every choice under a stable name, so that a link shows the same.

Widgets keep their values in the session. The address is read when a session begins and when the
browser goes back or forward, and it is written after each choice. A value that cannot be applied
stays in the address, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

Value = TypeVar("Value")
Query = dict[str, list[str]]

ASKED = "address_asked"  # values of the address that are not applied yet
WRITTEN = "address_written"  # the address as this session last wrote it
PLACE = "address_page"
TOUCHED = "address_touched"


def read(page: str) -> None:
    """Take the values of the address if it is a new one. `page` is the page that is shown."""
    found = _current()
    known: Query | None = st.session_state.get(WRITTEN)
    moved = st.session_state.get(PLACE) != page
    touched = st.session_state.pop(TOUCHED, False)
    # A link in the navigation has no values: the choice stays.
    if known is None or (found != known and not touched and (found or not moved)):
        st.session_state[ASKED] = dict(found)
        st.session_state["address_new"] = known is not None
    else:
        st.session_state["address_new"] = False
    st.session_state[PLACE], st.session_state[WRITTEN] = page, found


def renewed() -> bool:
    """Whether the browser went to another address within the session."""
    return bool(st.session_state.get("address_new"))


def touched() -> None:
    """A person made a choice: it is newer than the address. For `on_change`."""
    st.session_state[TOUCHED] = True


def taken(name: str) -> list[str] | None:
    """The values of a name in a new address, once; None if there are none."""
    found: list[str] | None = st.session_state.get(ASKED, {}).pop(name, None)
    return found


def restore(name: str, ids: Mapping[str, Value], default: Value) -> str | None:
    """Give the widget with key `name` its value, before it is drawn.

    Returns what the address asks for if it is not among `ids`.
    """
    asked = st.session_state.get(ASKED, {}).get(name)
    if asked and asked[-1] in ids:
        st.session_state[name] = ids[asked[-1]]
        taken(name)
    elif st.session_state.get(name) is None and default is not None:
        st.session_state[name] = default
    return asked[-1] if asked and asked[-1] not in ids else None


def write(name: str, values: list[str]) -> None:
    """Put the values of a name into the address; none removes the name."""
    asked: Query = st.session_state.get(ASKED, {})
    if name in asked:
        if not values:
            return  # what could not be applied stays
        del asked[name]
    if st.query_params.get_all(name) == values:
        return
    if values:
        st.query_params[name] = values
    else:
        del st.query_params[name]
    st.session_state[WRITTEN] = _current()


def _current() -> Query:
    return {name: st.query_params.get_all(name) for name in st.query_params}
