"""Schema ids: from a schema registry if one is configured, otherwise derived from the schema."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Protocol

from schemas.registry_errors import UnknownSchema
from schemas.topics import TOPICS, Schema, Topic, schema_of


class Registry(Protocol):
    """Gives the id of a topic's schema, and the schema of an id; each record starts with an id."""

    def id_of(self, topic: Topic) -> int: ...

    def schema_of(self, schema_id: int) -> Schema:
        """The writer's schema. Raises UnknownSchema, RefusedSchema or RegistryUnavailable."""
        ...


def derived_id(schema: Schema) -> int:
    """A positive 31-bit id, made from the text of the schema without its docs.

    The same schema has the same id on every machine, so no registry is necessary.
    """
    text = json.dumps(_without_docs(schema), sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFF_FFFF


def _without_docs(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_docs(value) for key, value in node.items() if key != "doc"}
    if isinstance(node, list):
        return [_without_docs(value) for value in node]
    return node


class DerivedRegistry:
    """Knows the schemas of this version of Bluetick, by ids derived from them."""

    def __init__(self) -> None:
        self._ids = {topic: derived_id(schema_of(topic)) for topic in TOPICS}
        self._schemas = {self._ids[topic]: schema_of(topic) for topic in TOPICS}

    def id_of(self, topic: Topic) -> int:
        return self._ids[topic]

    def schema_of(self, schema_id: int) -> Schema:
        try:
            return self._schemas[schema_id]
        except KeyError:
            raise UnknownSchema(
                f"schema id {schema_id} is not one of this version's schemas; "
                "set SCHEMA_REGISTRY_URL if the records were written with a registry"
            ) from None


def open_registry(url: str | None) -> Registry:
    """The registry at `url`; without a URL, the registry of derived ids."""
    if not url:
        return DerivedRegistry()
    from schemas.confluent import ConfluentRegistry

    return ConfluentRegistry(url)
