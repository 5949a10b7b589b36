"""The filters in the sidebar. They are part of the page's address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from dashboards import address, login, page_filters, queries, warehouse_reader
from dashboards.answers import Options
from dashboards.components import formats
from dashboards.selection import CUSTOM, LABELS, Choice, Selection, selection_at
from settings import time_zones

DEFAULT = "24h"
# Filters offer the values of the last 30 days.
OFFERED = Choice("30d")
CODE = re.compile(r"(.+?)-(-?\d+|none)", re.DOTALL)
# As many values of a filter are named at the top of a page.
NAMED = 3
# The chosen time zone, in the session and in the address.
ZONE, TZ = "zone", "tz"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: its label, its name in the address, how values are read, and the word for one."""

    label: str
    key: str
    text: formats.Text
    word: str = ""


def code_text(code: str) -> str:
    """cloud-131026 -> 131026 (cloud); a code may be negative."""
    found = CODE.fullmatch(code)
    return f"{found[2].replace('none', 'no code')} ({found[1]})" if found else code


# By the names of a Choice, in the order in which they are drawn.
FILTERS = {
    "accounts": Filter("Account", "account", str, "account "),
    "numbers": Filter("Business number", "number", formats.number),
    "markets": Filter("Country or market", "market", str, "market "),
    "campaigns": Filter("Campaign", "campaign", str, "campaign "),
    "categories": Filter("Category", "category", formats.words),
    "codes": Filter("Error code", "code", code_text, "error code "),
    "sources": Filter("Source", "source", str, "source "),
}


def show(page: str) -> Choice:
    """Draw the filters that a page can honour, and return the choice with all of them.

    What the address asks for in vain is said.
    """
    if address.renewed():
        for key in ("range", "days", TZ, *(each.key for each in FILTERS.values())):
            st.session_state.pop(key, None)
    times = st.container()
    zone = st.session_state[ZONE] = _zone()
    with times:
        preset, days = _range(time_zones.clock(datetime.now(UTC), zone).date())
    offered = _offered()
    return Choice(
        preset=preset,
        days=days,
        zone=zone,
        **{
            name: _values(name, getattr(offered, name), dict(offered.titles), page)
            for name in FILTERS
        },
    )


def zone() -> str:
    """The time zone that is chosen in this session."""
    return str(st.session_state.get(ZONE, "UTC"))


def _zone() -> str:
    """Draw the list of time zones, which can be searched; returns the chosen one."""
    default, names = login.settings().zone, time_zones.names()
    _lower(TZ)
    unknown = address.restore(TZ, {name.lower(): name for name in names}, default)
    chosen = st.selectbox("Time zone", names, key=TZ, on_change=address.touched)
    if unknown:
        st.warning(f"The time zone “{formats.escaped(unknown)}” in the address does not exist.")
    address.write(TZ, [] if chosen == default else [chosen])
    return chosen


def _range(today: date) -> tuple[str, tuple[date, date] | None]:
    """Draw the ranges, and days for a custom one; returns the range, and the days if chosen."""
    asked_days = _asked_days(today)
    ids = {name: name for name in LABELS} | {text.lower(): name for name, text in LABELS.items()}
    _lower("range")
    unknown = address.restore("range", ids, CUSTOM if asked_days else DEFAULT)
    preset = st.pills(
        "Time range",
        list(LABELS),
        format_func=LABELS.__getitem__,
        key="range",
        required=True,
        on_change=address.touched,
    )
    if unknown:
        st.warning(f"The range “{formats.escaped(unknown)}” in the address does not exist.")
    address.write("range", [] if preset in (None, DEFAULT) else [preset])
    days = _days(asked_days, today) if preset == CUSTOM else None
    for name, day in zip(("from", "to"), days or (None, None), strict=True):
        address.write(name, [day.isoformat()] if day else [])
    return preset or DEFAULT, days


def summary(selection: Selection, every: timedelta, whole_days: bool) -> str:
    """The selection in words, for the top of a page."""
    until = min(selection.until, datetime.now(UTC))
    days = formats.day_range(selection.first_day, selection.last_day)
    span = (
        f"{days}, whole days ({selection.zone})"
        if whole_days
        else formats.time_range(selection.local(selection.since), selection.local(until))
    )
    return f"{span} · {in_words(selection.choice)} · refreshed every {every.total_seconds():.0f} s"


def in_words(choice: Choice) -> str:
    """The filters in words: `all traffic` where none is set."""
    parts = [", ".join(_words(name, values)) for name, values in choice.filters.items()]
    return " · ".join(formats.escaped(part) for part in parts) or "all traffic"


def not_applied(choice: Choice, page: str) -> str:
    """One sentence about the chosen filters that do not apply to a page; empty without any."""
    labels = [FILTERS[name].label.lower() for name in page_filters.ignored(choice, page)]
    if not labels:
        return ""
    if len(labels) == 1:
        return f"The filter {labels[0]} does not apply here."
    return f"The filters {', '.join(labels[:-1])} and {labels[-1]} do not apply here."


def _words(name: str, values: tuple[str, ...]) -> Iterator[str]:
    for number, value in enumerate(values[:NAMED]):
        yield ("" if number else FILTERS[name].word) + FILTERS[name].text(value)
    if len(values) > NAMED:
        yield f"{len(values) - NAMED} more"


def _values(
    name: str, options: tuple[str, ...], titles: dict[str, str], page: str
) -> tuple[str, ...]:
    """The chosen values of a filter, which is drawn where it can change something."""
    each = FILTERS[name]
    asked = address.taken(each.key)
    if asked is not None:
        st.session_state[each.key] = list(dict.fromkeys(_known(value, options) for value in asked))
    chosen: list[str] = st.session_state.get(each.key) or []
    if name not in page_filters.PAGES[page] or (len(options) < 2 and not chosen):
        # Streamlit forgets the value of what is not drawn, unless it is set anew.
        st.session_state[each.key] = chosen
        address.write(each.key, chosen)
        return tuple(chosen)
    # A chosen value stays in the list, even if the range has no message with it.
    held = tuple(value for value in chosen if value not in options)
    picked = st.multiselect(
        each.label,
        options + held,
        format_func=lambda value: _option(each, value, titles),
        key=each.key,
        placeholder="All",
        on_change=address.touched,
    )
    address.write(each.key, picked)
    _say_unknown(each, held)
    return tuple(picked)


def _option(each: Filter, value: str, titles: dict[str, str]) -> str:
    title = titles.get(value)
    return f"{each.text(value)} · {title}" if title else each.text(value)


def _say_unknown(each: Filter, values: Iterable[str]) -> None:
    for value in values:
        text = formats.escaped(each.text(value))
        st.caption(f":material/info: No message of the last 30 days has {text}.")


def _known(asked: str, options: tuple[str, ...]) -> str:
    """The value that a text in the address means; the text itself if none."""
    plain = asked.strip().removeprefix("+")
    return next((value for value in options if value.casefold() == plain.casefold()), plain)


def _lower(name: str) -> None:
    asked = st.session_state.get(address.ASKED, {})
    if name in asked:
        asked[name] = [value.lower() for value in asked[name]]


def _asked_days(today: date) -> tuple[date, date] | None:
    """The first and last day in the address; the page says if one of them is not a day."""
    asked = {name: address.taken(name) for name in ("from", "to")}
    if not any(asked.values()):
        return None
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


def _days(asked: tuple[date, date] | None, today: date) -> tuple[date, date] | None:
    if asked:
        st.session_state["days"] = asked
    elif "days" not in st.session_state:
        st.session_state["days"] = (today - timedelta(days=6), today)
    elif any(day > today for day in st.session_state["days"]):
        # It may be a day earlier in a zone that was just chosen.
        st.session_state["days"] = tuple(min(day, today) for day in st.session_state["days"])
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
        return Options()
