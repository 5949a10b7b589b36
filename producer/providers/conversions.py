"""Shared conversions of single values, and of the content of messages; not a provider itself.

Each conversion returns what it cannot read as it is, so it gives the same if it is used twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from producer.providers.provider import Json

Change = Callable[[Json], None]
# Where a shape's fields put the content of a message before it goes below its type.
CONTENT = "content"
INTERACTIVE = "interactive"
TEXT = "text"


def time(value: Any) -> Any:
    """A date and time in ISO 8601 as microseconds since 1970; without a zone, it is in UTC."""
    if not isinstance(value, str) or "-" not in value:
        return value
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return value
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    since = found - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def phone(value: Any) -> Any:
    """A phone number without the plus sign before it, as the Cloud API writes it."""
    if isinstance(value, str) and value[:1] == "+" and value[1:].isdecimal():
        return value[1:]
    return value


def one_of(names: Mapping[str, str]) -> Callable[[Any], Any]:
    """A conversion of these names; their letter case does not matter. Others stay as they are."""

    def read(value: Any) -> Any:
        return names.get(value.strip().lower(), value) if isinstance(value, str) else value

    return read


def keys(names: Mapping[str, str]) -> Callable[[Any], Any]:
    """A conversion of objects: keys with other names in the Cloud API get those."""

    def read(value: Any) -> Any:
        for name, new in names.items():
            value = _renamed(value, name, new)
        return value

    return read


def lower(value: Any) -> Any:
    """A name in lower case."""
    return value.lower() if isinstance(value, str) else value


def content_below(
    kinds: Mapping[str, str],
) -> tuple[Change, Change]:
    """Two functions: one moves the content of a message below its type, the other one back.

    `kinds` has the Cloud API's name of each type that the provider names otherwise. The name of
    a reply is `interactive.` and the type in it.
    """
    names = {ours: theirs for theirs, ours in kinds.items()}

    def arrange(element: Json) -> None:
        kind = element.get("type")
        if not isinstance(kind, str):
            return
        ours, _, inner = kinds.get(kind, kind).partition(".")
        content = element.get(CONTENT)
        if content is None or ours in element or not ours:
            return
        del element[CONTENT]
        element["type"] = ours
        if inner:
            content = {"type": inner, inner: content}
        element[ours] = _renamed(content, "text", "body") if ours == TEXT else content

    def restore(element: Json) -> None:
        ours = element.get("type")
        if not isinstance(ours, str) or ours not in element:
            return
        content = element.pop(ours)
        full = ours
        if ours == INTERACTIVE:
            full = f"{ours}.{content['type']}"
            content = content[content["type"]]
        element["type"] = names.get(full, full)
        element[CONTENT] = _renamed(content, "body", "text") if ours == TEXT else content

    return arrange, restore


def _renamed(content: Any, name: str, new: str) -> Any:
    if not isinstance(content, dict) or name not in content or new in content:
        return content
    return {new if key == name else key: item for key, item in content.items()}
