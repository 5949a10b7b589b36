"""Finds Meta's envelope inside the body of a program that forwards it, such as a workflow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from producer.json_text import dump, load
from producer.normalise.event import Json
from producer.providers import PROVIDERS
from settings.dialects import CANONICAL

# What stands around the envelope is kept below this key.
AROUND = "forwarded_in"
ENTRY = "entry"
# Keys and lists around the envelope. A queue's batch has three: `Records`, its element, `body`.
DEPTH = 4


def forwarded(body: Any) -> tuple[Json, Json] | None:
    """The envelope, and the keys around it; None if there is none, or more than one.

    It may be an object or JSON as a text, below keys and in lists, or the whole body as a text.
    The list of entries may be such a text too. Only Meta's envelope is found: the shapes of others
    could as well be parts of a foreign body.
    """
    found = list(islice(_found(body, DEPTH), 2))
    if len(found) != 1:
        return None
    [(envelope, around)] = found
    return envelope, around if isinstance(around, dict) else {}


def _found(value: Any, depth: int) -> Iterator[tuple[Json, Any]]:
    """Each envelope in a value, and the value without it; None if nothing is left."""
    value = _parsed(value)
    if _is_envelope(whole := _with_entries(value)):
        yield whole, None
    elif depth and isinstance(value, dict):
        for key, item in value.items():
            for envelope, around in _found(item, depth - 1):
                left = {name: other for name, other in value.items() if name != key}
                yield envelope, ({**left, key: around} if around else left) or None
    elif depth and isinstance(value, list):
        for place, item in enumerate(value):
            for envelope, around in _found(item, depth - 1):
                beside = [*value[:place], *([around] if around else []), *value[place + 1 :]]
                yield envelope, beside or None


def _with_entries(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get(ENTRY), str):
        return {**value, ENTRY: _parsed(value[ENTRY])}
    return value


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
