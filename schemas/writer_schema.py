"""Checks the schemas of other writers: only flat records of plain values are accepted.

A decoder follows the schema, and anyone can register one. A record type that contains itself
overflows the decoder's stack, and an array of nulls can count to any number without reading a
byte. So each schema is checked before anything is decoded, and rebuilt from the checked parts:
defaults, aliases, docs and other attributes never reach a decoder.
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any

from schemas.topics import TOPICS, Schema, schema_of

MAX_CHARACTERS = 64 * 1024
MAX_FIELDS = 500
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
FULL_NAME = re.compile(rf"{NAME.pattern}(\.{NAME.pattern}){{0,15}}")
# By the type that we read: the types in which it may be written (Avro's schema resolution).
PROMOTIONS = {
    "string": ("string", "bytes"),
    "bytes": ("bytes", "string"),
    "boolean": ("boolean",),
    "int": ("int",),
    "long": ("long", "int"),
    "float": ("float", "long", "int"),
    "double": ("double", "float", "long", "int"),
}


class UnacceptableSchema(Exception):
    """Records of this schema are not read; the message says why."""


def accepted(text: str) -> Schema:
    """The schema of this JSON document, rebuilt as a flat record. Raises UnacceptableSchema."""
    if len(text) > MAX_CHARACTERS:
        raise UnacceptableSchema(f"it is longer than {MAX_CHARACTERS:,} characters")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UnacceptableSchema("it is not valid JSON") from None
    return flat(document)


def flat(document: object) -> Schema:
    """The schema, rebuilt as a flat record: its name, and each field's name and type.

    Keeps only the logical types that we read. Raises UnacceptableSchema.
    """
    if not isinstance(document, dict) or document.get("type") != "record":
        raise UnacceptableSchema("it is not a record")
    name = _name(document.get("name"), FULL_NAME).rpartition(".")[2]
    fields = document.get("fields")
    if not isinstance(fields, list) or not 0 < len(fields) <= MAX_FIELDS:
        raise UnacceptableSchema(f"it does not have 1 to {MAX_FIELDS} fields")
    ours = _fields_of(name)
    types: dict[str, Any] = {}
    for field in fields:
        if not isinstance(field, dict):
            raise UnacceptableSchema("a field is not a JSON object")
        field_name = _name(field.get("name"), NAME)
        if field_name in types:
            raise UnacceptableSchema(f"it has two fields {field_name}")
        types[field_name] = _type(field_name, field.get("type"), ours.get(field_name))
    for field_name, kind in ours.items():
        if field_name not in types and not isinstance(kind, list):
            raise UnacceptableSchema(f"it has no field {field_name}")
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": field_name, "type": kind} for field_name, kind in types.items()],
    }


def _name(name: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise UnacceptableSchema("a name is missing, too long, or not one that Avro allows")
    return name


def _type(name: str, written: object, ours: object) -> Any:
    """The field's type, rebuilt, if it is plain and can be read as `ours` (None: we have none)."""
    if not isinstance(written, list):
        return _plain(name, written, ours)
    values = [branch for branch in written if branch != "null"]
    if len(written) != 2 or len(values) != 1:
        raise UnacceptableSchema(f"field {name} is a union, but not of null and one type")
    value = _plain(name, values[0], ours)
    return ["null", value] if written[0] == "null" else [value, "null"]


def _plain(name: str, written: object, ours: object) -> Any:
    kind, logical = _split(written)
    if not isinstance(kind, str) or kind not in PROMOTIONS:
        raise UnacceptableSchema(f"field {name} is not of a plain type")
    if ours is None:
        return kind
    our_kind, our_logical = _split(ours[1] if isinstance(ours, list) else ours)
    if kind not in PROMOTIONS[our_kind]:
        raise UnacceptableSchema(f"field {name} is {kind}, which cannot be read as {our_kind}")
    if logical is None:
        return kind
    if logical != our_logical or kind != our_kind:
        raise UnacceptableSchema(f"field {name} has another logical type than ours")
    return {"type": kind, "logicalType": logical}


def _split(kind: Any) -> tuple[Any, Any]:
    """A plain type's name and its logical type."""
    if isinstance(kind, dict):
        return kind.get("type"), kind.get("logicalType")
    return kind, None


@functools.cache
def _ours() -> dict[str, dict[str, Any]]:
    """The types of our records' fields, a nullable one as [null, type], by record and field."""
    return {
        schema_of(topic)["name"]: {
            field["name"]: field["type"] for field in schema_of(topic)["fields"]
        }
        for topic in TOPICS
    }


def _fields_of(record: str) -> dict[str, Any]:
    return _ours().get(record, {})
