"""Which filters the figures of each page can honour: those that its sums are grouped by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboards.queries import filters
from dashboards.selection import FILTERS, Choice

PAGES: dict[str, tuple[str, ...]] = {
    "overview": filters.OF_CAMPAIGNS,
    "delivery": filters.OF_CAMPAIGNS,
    "failures": (*filters.OF_CAMPAIGNS, "codes"),
    "campaigns": (*filters.OF_CAMPAIGNS, "codes"),
    "countries": (*filters.OF_CAMPAIGNS, "codes"),
    "messages": (),
    "conversations": filters.OF_CONVERSATIONS,
    "pricing": filters.OF_BILLING,
    "inbound": filters.OF_TABLES,
    "events": filters.OF_TABLES,
    "pipeline": ("sources",),
    "sql": (),
}


def honoured(choice: Choice, page: str) -> Choice:
    """The choice without the filters that the page cannot apply."""
    none: dict[str, Any] = dict.fromkeys(ignored(choice, page), ())
    return replace(choice, **none)


def ignored(choice: Choice, page: str) -> tuple[str, ...]:
    """The names of the chosen filters that the page cannot apply, in order."""
    return tuple(name for name in FILTERS if name in choice.filters and name not in PAGES[page])
