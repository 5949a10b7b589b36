"""A click on a row or a bar sets a filter, and a second click clears it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboards import address
from dashboards.components.filters import FILTERS

# Set until the whole page is drawn again: a refresh does not draw the sidebar.
CLICKED = "clicked"
# The name of the selection in a chart.
PICKED = "picked"


def toggle(name: str, values: Sequence[str]) -> None:
    """Make these the values of a filter of a Choice, or clear it if they are that already."""
    key = FILTERS[name].key
    chosen = list(values)
    st.session_state[key] = [] if st.session_state.get(key) == chosen else chosen
    st.session_state[CLICKED] = True
    address.touched()


def happened() -> bool:
    """Whether a filter was set by a click, so that the whole page must be drawn anew; once."""
    return bool(st.session_state.pop(CLICKED, False))


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table, each with a value of the filter `name`."""

    name: str
    values: Sequence[str]

    def options(self, title: str) -> dict[str, Any]:
        """What `st.dataframe` needs to know for the table `title`."""
        key = _key(self.name, title)

        def clicked() -> None:
            for row in st.session_state[key].selection.rows:
                if row < len(self.values):
                    toggle(self.name, [self.values[row]])

        return {"key": key, "on_select": clicked, "selection_mode": "single-row"}


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of a chart: what the column `field` says stands for values of the filter `name`."""

    name: str
    field: str
    values: Mapping[str, Sequence[str]]

    def options(self, title: str) -> dict[str, Any]:
        """What `st.altair_chart` needs to know for the chart `title`."""
        key = _key(self.name, title)

        def clicked() -> None:
            for point in st.session_state[key].selection.get(PICKED, [])[:1]:
                if found := self.values.get(point.get(self.field)):
                    toggle(self.name, found)

        return {"key": key, "on_select": clicked, "selection_mode": PICKED}


def _key(name: str, title: str) -> str:
    # With the values of the filter, so that nothing is selected once the click is done.
    chosen = st.session_state.get(FILTERS[name].key) or []
    return f"clicks {title} {' '.join(chosen)}"
