"""Gives lists of statuses and messages their usual names, where a gateway has others."""

from __future__ import annotations

from typing import Any

from producer.normalise.event import Json

STATUSES, MESSAGES = "statuses", "messages"
# In lower case. The usual names are here for other letter cases of them.
USUAL = {
    STATUSES: STATUSES,
    "status": STATUSES,
    "message_statuses": STATUSES,
    "status_updates": STATUSES,
    MESSAGES: MESSAGES,
    "message": MESSAGES,
    "inbound_messages": MESSAGES,
}
# A list is renamed only if each of its elements has one of each of these keys.
IDS = ("id", "message_id")
SAID = {STATUSES: ("status",), MESSAGES: ("type", "from")}


def with_usual_names(value: Json) -> Json:
    """The value with its lists under the usual names, unless it has a list of that name too."""
    found = {}
    for key, item in value.items():
        name = USUAL.get(key.lower()) if isinstance(item, dict | list) else None
        if name is not None and name not in value and name not in found and _holds(item, name):
            found[name] = key
    if not found:
        return value
    others = {key: item for key, item in value.items() if key not in found.values()}
    return {**others, **{name: value[key] for name, key in found.items()}}


def _holds(item: Any, name: str) -> bool:
    elements = item if isinstance(item, list) else [item]
    return bool(elements) and all(
        isinstance(element, dict)
        and any(key in element for key in IDS)
        and any(key in element for key in SAID[name])
        for element in elements
    )
