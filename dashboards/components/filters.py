"""The filters in the sidebar. They apply to every page and are part of the page's address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from dashboards import address, queries, warehouse_reader
from dashboards.answers import Options
from dashboards.components import formats
from dashboards.selection import CUSTOM, LABELS, Choice, Selection, selection_at

DEFAULT = "24h"
# Filters offer the values of the last 30 days.
OFFERED = Choice("30d")
# The filters' labels, and where a Choice keeps them.
NUMBER, CATEGORY, SOURCE = "Business number", "Category", "Source"
KEYS = ("number", "category", "source")
PLACES = {NUMBER: "numbers", CATEGORY: "categories", SOURCE: "sources"}


def show() -> Choice:
    """Draw the filters and return the choice. What the address asks for in vain is said."""
    if address.renewed():
        for key in ("range", "days", *KEYS):
            st.session_state.pop(key, None)
    asked_days = _asked_days()
    ids = {name: name for name in LABELS} | {text.lower(): name for name, text in LABELS.items()}
    _lower("range")
    unknown = address.restore("range", ids, CUSTOM if asked_days else DEFAULT)
    preset = st.pills(
        "Time range (UTC)",
        list(LABELS),
        format_func=LABELS.__getitem__,
        key="range",
        required=True,
        on_change=address.touched,
    )
    if unknown:
        st.warning(f"The range “{formats.escaped(unknown)}” in the address does not exist.")
    address.write("range", [] if preset in (None, DEFAULT) else [preset])
    days = _days(asked_days) if preset == CUSTOM else None
    for name, day in zip(("from", "to"), days or (None, None), strict=True):
        address.write(name, [day.isoformat()] if day else [])
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
    asked = address.taken(key)
    if asked is not None:
        st.session_state[key] = list(dict.fromkeys(_known(value, options) for value in asked))
    # A chosen value stays in the list, even if the range has no message with it.
    held = tuple(value for value in st.session_state.get(key, []) if value not in options)
    picked = st.multiselect(
        label,
        options + held,
        format_func=text,
        key=key,
        placeholder="All",
        on_change=address.touched,
    )
    address.write(key, picked)
    for value in held:
        st.caption(
            f":material/info: No message of the last 30 days has {formats.escaped(text(value))}."
        )
    return tuple(picked)


def _known(asked: str, options: tuple[str, ...]) -> str:
    """The value that a text in the address means; the text itself if none."""
    plain = asked.strip().removeprefix("+")
    return next((value for value in options if value.casefold() == plain.casefold()), plain)


def _lower(name: str) -> None:
    asked = st.session_state.get(address.ASKED, {})
    if name in asked:
        asked[name] = [value.lower() for value in asked[name]]


def _asked_days() -> tuple[date, date] | None:
    """The first and last day in the address; the page says if one of them is not a day."""
    asked = {name: address.taken(name) for name in ("from", "to")}
    if not any(asked.values()):
        return None
    today = datetime.now(UTC).date()
    try:
        first, last = (date.fromisoformat((asked[name] or [""])[-1]) for name in ("from", "to"))
    except ValueError:
        first, last = today, date.min
    if not date(2000, 1, 1) <= first <= last <= today:
        st.warning(
            "The address does not name a range of days: `from` and `to` are days such as "
            f"{today}, not in the future."
        )
        return None
    return first, last


def _days(asked: tuple[date, date] | None) -> tuple[date, date] | None:
    today = datetime.now(UTC).date()
    if asked:
        st.session_state["days"] = asked
    elif "days" not in st.session_state:
        st.session_state["days"] = (today - timedelta(days=6), today)
    picked = st.date_input(
        "First and last day", max_value=today, key="days", on_change=address.touched
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
