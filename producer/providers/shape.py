"""Shared functions of providers with shapes of their own; not a provider itself.

A `Shape` is a table of fields: where the provider writes a value, and where the Cloud API does. It
is read in both directions. Nothing is lost: what has no field stays, under its own name, in the
element, or if it stood around the element, in one object beside the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from producer.json_text import dump
from producer.providers.canonical import FIELD_OF_LIST, FLAT_KEYS
from producer.providers.conversions import lower
from producer.providers.provider import Guide, Handshake, Json, Provider, Signature

# The parts of a canonical body to which a field can belong, as the first word of its place there.
ENTRY, METADATA, CONTACT, ELEMENT = "entry", "metadata", "contact", "element"
TIME = "timestamp"
# Keys of a canonical value that are read as lists.
RESERVED = FLAT_KEYS | FIELD_OF_LIST.keys()


def same(value: Any) -> Any:
    """The value as sent."""
    return value


class Field:
    """One value: its place in the provider's body, and its place in the canonical body.

    Places are paths with dots. If several fields of a shape have the same canonical place, the
    first with a value counts, and the others stay where they are. `read` converts a value; it
    returns a value unchanged that it cannot convert or that was converted before. With `keep`, a
    value that became another word stays as sent, too.
    """

    __slots__ = ("keep", "ours", "read", "theirs")

    def __init__(
        self, theirs: str, ours: str, read: Callable[[Any], Any] = same, *, keep: bool = False
    ) -> None:
        self.theirs = tuple(theirs.split("."))
        self.ours = tuple(ours.split("."))
        self.read = read
        self.keep = keep


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of body becomes one element of the list `name`.

    `inside` is the key of the object whose unknown keys belong to the element; without it, those
    of the whole body do. `arrange` and `restore` change what fields cannot express: they move the
    content of a message below its type, and back. Both change the element in place.
    """

    name: str
    fields: tuple[Field, ...]
    inside: str | None = None
    arrange: Callable[[Json], None] | None = None
    restore: Callable[[Json], None] | None = None


def to_entry(shape: Shape, body: Json, provider: str) -> Json:
    """The canonical entry with the element that this body is."""
    rest = dict(body)
    found: Json = {ELEMENT: {}}
    for field in shape.fields:
        if not has(found, field.ours):
            value = take(rest, field.theirs)
            if value is not None:
                converted = field.read(value)
                put(found, field.ours, converted)
                if field.keep and lower(converted) != lower(value):
                    put(rest, field.theirs, value)
    element = found[ELEMENT]
    _add_unknown(element, rest, shape.inside)
    if shape.arrange:
        shape.arrange(element)
    contact = found.get(CONTACT)
    value = {
        "metadata": found.get(METADATA, {}),
        **({"contacts": [contact]} if contact else {}),
        shape.name: [element],
        **({provider: rest} if rest else {}),
    }
    return {**found.get(ENTRY, {}), "changes": [{"field": "messages", "value": value}]}


def _add_unknown(element: Json, rest: Json, inside: str | None) -> None:
    """Moves unknown keys into the element, except those whose names have another meaning there."""
    unknown = rest if inside is None else rest.get(inside)
    if not isinstance(unknown, dict):
        return
    left = {}
    for key, item in unknown.items():
        if key in element:
            left[key] = item
        else:
            element[key] = item
    if inside is None:
        rest.clear()
        rest.update(left)
    elif left:
        rest[inside] = left
    else:
        del rest[inside]


def from_entry(shape: Shape, entry: Json, provider: str) -> Json:
    """The body of which `to_entry` made this entry. Raises LookupError or TypeError if none."""
    rest_of_entry = {key: item for key, item in entry.items() if key != "changes"}
    value = entry["changes"][0]["value"]
    element = dict(value[shape.name][0])
    if shape.restore:
        shape.restore(element)
    found = {
        ENTRY: rest_of_entry,
        METADATA: dict(value.get("metadata", {})),
        CONTACT: dict(value["contacts"][0]) if "contacts" in value else {},
        ELEMENT: element,
    }
    body = dict(value.get(provider, {}))
    moved = []
    for field in shape.fields:
        item = take(found, field.ours)
        if item is not None:
            moved.append((field, item))
    if shape.inside is None:
        body.update(found.get(ELEMENT, {}))
    else:
        body[shape.inside] = {**body.get(shape.inside, {}), **found.get(ELEMENT, {})}
    # What is inside another field's value comes after it.
    for field, item in sorted(moved, key=lambda pair: len(pair[0].theirs)):
        if not (field.keep and has(body, field.theirs)):
            put(body, field.theirs, item)
    return body


def to_event(kind: str, body: Json, provider: str, inside: str | None, at: Any) -> Json:
    """The canonical entry of an event that is neither a status nor a message: one of the account.

    `inside` is the key of the object that describes the event; without it, the whole body does.
    `at` is the time of the event. Keys that have a meaning in a canonical value stand apart.
    """
    around = {} if inside is None else {key: body[key] for key in body if key != inside}
    described = body if inside is None else body[inside]
    apart = {key: described[key] for key in described if key in RESERVED or key in (TIME, provider)}
    if apart:
        around = {**around, **apart} if inside is None else {**around, inside: apart}
    value = {
        **{key: item for key, item in described.items() if key not in apart},
        **({TIME: at} if at is not None else {}),
        **({provider: around} if around else {}),
    }
    return {"changes": [{"field": kind, "value": value}]}


def from_event(canonical: Json, provider: str, inside: str | None) -> tuple[str, Json]:
    """The kind and the body of which `to_event` made this canonical body. Raises LookupError."""
    change = canonical["entry"][0]["changes"][0]
    value = change["value"]
    described = {key: item for key, item in value.items() if key not in (TIME, provider)}
    around = dict(value.get(provider, {}))
    if inside is None:
        return change["field"], {**described, **around}
    return change["field"], {**around, inside: {**described, **around.get(inside, {})}}


def declared(
    name: str,
    *,
    recognises: Callable[[Json], bool],
    to_canonical: Callable[[Json], Json],
    candidates: Iterable[Callable[[Json], Json]],
    signature: Signature | None = None,
    handshake: Handshake | None = None,
    guide: Guide | None = None,
) -> Provider:
    """The provider with these functions, whose way back is exact.

    The way back is the first candidate of which `to_canonical` makes the same canonical body
    again. Some bodies have none, such as one with a value in an unexpected place. They stay in
    the canonical shape, below one key.
    """
    key = f"{name}_canonical"

    def recognised(body: Json, configured: bool) -> bool:  # noqa: ARG001
        return recognises(body) or (len(body) == 1 and isinstance(body.get(key), dict))

    def forth(body: Json) -> Json:
        return to_canonical(body) if recognises(body) else body[key]

    def back(canonical: Json) -> Json:
        wanted = dump(canonical)
        for candidate in candidates:
            try:
                body = candidate(canonical)
                if recognises(body) and dump(to_canonical(body)) == wanted:
                    return body
            except (LookupError, TypeError, ValueError, AttributeError):
                continue
        return {key: canonical}

    return Provider(
        recognised,
        forth,
        back,
        signature=signature,
        handshake=handshake,
        guide=guide,
    )


def take(rest: Json, path: tuple[str, ...]) -> Any:
    """Removes the value at a path and returns it; None if there is none, or only an empty text.

    Objects on the way are copied, and removed if nothing else is in them. Only `rest` changes.
    """
    key, *deeper = path
    if not deeper:
        found = rest.pop(key, None)
        return None if found == "" else found
    inner = rest.get(key)
    if not isinstance(inner, dict):
        return None
    inner = dict(inner)
    found = take(inner, tuple(deeper))
    if inner:
        rest[key] = inner
    elif found is not None:
        del rest[key]
    return found


def put(target: Json, path: tuple[str, ...], value: Any) -> None:
    """Sets the value at a path. Objects on the way are created or copied."""
    for key in path[:-1]:
        inner = target.get(key)
        copy = dict(inner) if isinstance(inner, dict) else {}
        target[key] = copy
        target = copy
    target[path[-1]] = value


def has(found: Json, path: tuple[str, ...]) -> bool:
    """Whether there is a value at a path."""
    node: Any = found
    for key in path:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True
