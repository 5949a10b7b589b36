"""The menu at the top of a page that downloads its tables.

Tables are drawn anew at each refresh, and a button drawn anew gets another address. A click at that
moment would find nothing. So the buttons are outside of what refreshes, and write the newest rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboards import access_log, login
from dashboards.components import spreadsheet

Rows = pd.DataFrame | Callable[[], pa.Table]
TABLES = "downloads"
# Label, ending and type of each kind of file, and what writes it.
KINDS = (
    ("CSV", "csv", "text/csv", spreadsheet.csv),
    ("Parquet", "parquet", "application/vnd.apache.parquet", spreadsheet.parquet),
)


@dataclass(slots=True)
class Tables:
    """The tables of a page by title, with their newest rows."""

    page: str
    rows: dict[str, Rows] = field(default_factory=dict)
    drawn: frozenset[str] | None = None  # None before the menu is drawn

    @property
    def changed(self) -> bool:
        """Whether the menu has other tables than the page."""
        return self.drawn is not None and self.drawn != self.rows.keys()


def begin(page: str) -> None:
    """Forget the tables of the page that was shown before."""
    st.session_state[TABLES] = Tables(page)


def clear() -> None:
    """Forget the rows, before the page is drawn."""
    _tables().rows.clear()


def offer(title: str, rows: Rows) -> None:
    """Let a person download a table of this page; rows that are a function are read on a click."""
    _tables().rows[title] = rows


def changed() -> bool:
    """Whether the whole page has to run again, so that the menu has its tables."""
    return _tables().changed


def menu() -> None:
    """Draw the menu; nothing without tables."""
    tables = _tables()
    tables.drawn = frozenset(tables.rows)
    if not tables.rows:
        return
    with st.popover("Download", icon=":material/download:", type="tertiary"):
        for title in tables.rows:
            st.markdown(f"**{title}**")
            with st.container(horizontal=True):
                for kind in KINDS:
                    _button(tables, title, *kind)


def _button(
    tables: Tables, title: str, label: str, ending: str, mime: str, write: spreadsheet.Writer
) -> None:
    @login.kept
    def file() -> bytes:
        rows = tables.rows[title]
        access_log.record("download", tables.page)
        return write(spreadsheet.table_of(rows) if isinstance(rows, pd.DataFrame) else rows())

    name = f"bluetick-{tables.page}-{title}".lower().replace(" ", "-")
    st.download_button(
        label,
        file,
        file_name=f"{name}.{ending}",
        mime=mime,
        key=f"{name}.{ending}",
        help=f"{title} as {label}",
        on_click="ignore",
    )


def _tables() -> Tables:
    return cast(Tables, st.session_state[TABLES])
