"""A choice of one page that is part of its address."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboards import address
from dashboards.components import formats


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


def keep(name: str, chosen: str | None, default: str | None, unknown: str | None) -> None:
    """Put a choice into the address, and say what the address asked for in vain."""
    address.write(name, [] if chosen is None or chosen == default else [chosen])
    if unknown and (chosen is None or chosen == default):
        st.caption(f":material/info: “{formats.escaped(unknown)}” in the address is not on offer.")
