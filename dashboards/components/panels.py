"""Bordered panels, beside each other where the window is wide enough."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Literal

import streamlit as st

Shape = Literal["even", "wide_left", "wide_right"]


def side_by_side(name: str, shape: Shape = "even") -> AbstractContextManager[Any]:
    """Where panels go; `name` is the row's own on its page."""
    return st.container(key=f"panels_{shape}_{name}")


def panel(title: str, *, help: str | None = None) -> AbstractContextManager[Any]:
    """A panel with its heading; what is drawn next goes into it."""
    box = st.container(border=True, height="stretch")
    box.subheader(title, anchor=False, help=help)
    return box
