"""The filters in the sidebar. They apply to every page and are part of the page's address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from dashboards import queries, warehouse_reader
from dashboards.answers import Options
from dashboards.components import formats
from dashboards.selection import CUSTOM, LABELS, Choice, Selection, selection_at

DEFAULT = "24h"
# Filters offer the values of the last 30 days.
OFFERED = Choice("30d")
# The filters' labels, and where a Choice keeps them.
NUMBER, CATEGORY, SOURCE = "Business number", "Category", "Source"
PLACES = {NUMBER: "numbers", CATEGORY: "categories", SOURCE: "sources"}


def show() -> Choice:
    """Draw the filters and return the choice."""
    preset = st.pills(
        "Time range (UTC)",
        list(LABELS),
        default=DEFAULT,
        format_func=LABELS.__getitem__,
        key="range",
        bind="query-params",
        required=True,
    )
    days = _days() if preset == CUSTOM else None
    offered = _offered()
    return Choice(
        preset=preset or DEFAULT,
        days=days,
        numbers=_several(NUMBER, "number", offered.numbers, formats.number),
        categories=_several(CATEGORY, "category", offered.categories, formats.words),
        sources=_several(SOURCE, "source", offered.sources, str),
    )


def summary(selection: Selection, every: timedelta, whole_days: bool) -> str:
    """The selection in words, for the top of a page."""
    until = min(selection.until, datetime.now(UTC))
    span = (
        f"{formats.day_range(selection.first_day, selection.last_day)}, whole days (UTC)"
        if whole_days
        else formats.time_range(selection.since, until)
    )
    return f"{span} · {in_words(selection.choice)} · refreshed every {every.total_seconds():.0f} s"


def in_words(choice: Choice) -> str:
    """The filters in words: `all traffic` where none is set."""
    parts = [
        ", ".join(formats.number(value) for value in choice.numbers),
        ", ".join(formats.words(value) for value in choice.categories),
        ", ".join(f"source {value}" for value in choice.sources),
    ]
    return " · ".join(formats.escaped(part) for part in parts if part) or "all traffic"


def _several(label: str, key: str, options: tuple[str, ...], text: formats.Text) -> tuple[str, ...]:
    # A chosen value stays in the list, even if the range has no message with it.
    held = tuple(value for value in st.session_state.get(key, []) if value not in options)
    picked = st.multiselect(
        label,
        options + held,
        format_func=text,
        key=key,
        placeholder="All",
        bind="query-params",
    )
    return tuple(picked)


def _days() -> tuple[date, date] | None:
    today = datetime.now(UTC).date()
    picked = st.date_input(
        "First and last day",
        value=(today - timedelta(days=6), today),
        max_value=today,
        key="days",
        bind="query-params",
    )
    # If only the first day is picked, there is no range yet.
    if isinstance(picked, tuple) and len(picked) == 2:
        return picked[0], picked[1]
    st.caption("Pick the last day too. Until then, the page shows the last 24 hours.")
    return None


def _offered() -> Options:
    def fresh() -> Options:
        return warehouse_reader.ask(queries.options, selection_at(OFFERED, datetime.now(UTC)))

    try:
        return warehouse_reader.recall("options", fresh).answer
    except warehouse_reader.WarehouseUnreadable:
        return Options((), (), ())
