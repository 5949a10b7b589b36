"""Choices of one page that are part of its address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards import address
from dashboards.components import formats

# A switch in the address.
ON = "1"


def one(label: str, name: str, texts: Mapping[str, str], *, hidden: bool = True) -> str:
    """Draw buttons with `texts` by their stable ids; returns the chosen id, at first the first."""
    ids = list(texts)
    unknown = address.restore(name, {key: key for key in ids}, ids[0])
    if st.session_state[name] not in ids:
        st.session_state[name] = ids[0]
    chosen = st.segmented_control(
        label,
        ids,
        format_func=texts.__getitem__,
        key=name,
        label_visibility="collapsed" if hidden else "visible",
        required=True,
        on_change=address.touched,
    )
    keep(name, chosen or ids[0], ids[0], unknown)
    return chosen or ids[0]


def from_list(label: str, name: str, texts: Mapping[str, str], *, placeholder: str) -> str | None:
    """Draw a list to search in, with `texts` by their stable ids; returns the chosen id."""
    unknown = address.restore(name, {key: key for key in texts}, None)
    # Only where needed: a value that is set takes precedence over what a person just chose.
    if st.session_state.get(name) not in (None, *texts):
        st.session_state[name] = None
    chosen = st.selectbox(
        label,
        list(texts),
        format_func=texts.__getitem__,
        index=None,
        placeholder=placeholder,
        key=name,
        label_visibility="collapsed",
        on_change=address.touched,
    )
    keep(name, chosen, None, unknown)
    return chosen


def switch(label: str, name: str, *, help: str) -> bool:
    """Draw a switch that is off at first."""
    asked = address.taken(name)
    if asked is not None:
        st.session_state[name] = asked[-1] == ON
    on = st.toggle(label, key=name, help=help, on_change=address.touched)
    address.write(name, [ON] if on else [])
    return on


def words(label: str, name: str, *, placeholder: str) -> str:
    """Draw a field to search with, which is applied while a person types."""
    return _text(
        label,
        name,
        type="search",
        live=True,
        placeholder=placeholder,
        label_visibility="collapsed",
    )


def typed(label: str, name: str, *, placeholder: str, help: str) -> str:
    """Draw a field for a text, which is applied with Enter."""
    return _text(label, name, placeholder=placeholder, help=help)


def _text(label: str, name: str, **options: Any) -> str:
    asked = address.taken(name)
    if asked:
        st.session_state[name] = asked[-1]
    found = (st.text_input(label, key=name, on_change=address.touched, **options) or "").strip()
    address.write(name, [found] if found else [])
    return found


def part_of(name: str, rows: int, size: int) -> slice:
    """Draw buttons for the parts of a long table; returns the rows of the chosen one."""
    parts = max(-(-rows // size), 1)
    asked = address.taken(name)
    if asked and asked[-1].isdecimal():
        st.session_state[name] = int(asked[-1])
    chosen = min(max(st.session_state.get(name, 1), 1), parts)
    if parts > 1:
        st.session_state[name] = chosen
        chosen = st.number_input(
            f"Part of the table, 1 to {parts}", 1, parts, key=name, on_change=address.touched
        )
    address.write(name, [str(chosen)] if chosen > 1 else [])
    return slice((chosen - 1) * size, chosen * size)


def keep(name: str, chosen: str | None, default: str | None, unknown: str | None) -> None:
    """Put a choice into the address, and say what the address asked for in vain."""
    address.write(name, [] if chosen is None or chosen == default else [chosen])
    if unknown and (chosen is None or chosen == default):
        st.caption(f":material/info: “{formats.escaped(unknown)}” in the address is not on offer.")
