"""Finds Meta's envelope inside the body of a program that forwards it, such as a workflow."""

from __future__ import annotations

from typing import Any

from producer.json_text import dump, load
from producer.normalise.event import Json
from producer.providers import PROVIDERS
from settings.dialects import CANONICAL

# What stands around the envelope is kept below this key.
AROUND = "forwarded_in"
ENTRY = "entry"


def forwarded(body: Any) -> tuple[Json, Json] | None:
    """The envelope, and the keys around it; None if there is none, or more than one.

    It may be an object or JSON as a text, below any key of an object, or the whole body as a text.
    The list of entries may be such a text too. Only Meta's envelope is found: the shapes of others
    could as well be parts of a foreign body.
    """
    if isinstance(body, str):
        inner = _parsed(body)
        return (inner, {}) if _is_envelope(inner) else None
    if not isinstance(body, dict):
        return None
    if _is_envelope(whole := {**body, ENTRY: _parsed(body.get(ENTRY))}):
        return whole, {}
    found = [(key, inner) for key, item in body.items() if _is_envelope(inner := _parsed(item))]
    if len(found) != 1:
        return None
    [(key, inner)] = found
    return inner, {name: item for name, item in body.items() if name != key}


def most_elements(envelope: Json) -> int:
    """At least the number of elements in an envelope: each has an id."""
    return max(1, dump(envelope).count(b'id":'))


def _parsed(value: Any) -> Any:
    """The JSON value in a text; any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return load(value.encode())
    except ValueError:
        return value


def _is_envelope(value: Any) -> bool:
    """Whether this is an envelope with changes, and not about another product of Meta's."""
    if not isinstance(value, dict) or PROVIDERS[CANONICAL].other_product(value) is not None:
        return False
    entries = value.get(ENTRY)
    return any(
        isinstance(entry, dict) and isinstance(entry.get("changes"), dict | list)
        for entry in (entries if isinstance(entries, list) else [entries])
    )
