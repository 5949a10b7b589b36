"""Schema ids: from a schema registry where one is configured, else derived from the schema."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Protocol

from schemas.topics import TOPICS, Schema, Topic, schema_of

if TYPE_CHECKING:  # it takes a third of a second to import, and few commands have a registry
    from confluent_kafka.schema_registry import SchemaRegistryClient


class UnknownSchema(Exception):
    """No schema is known by this id; the message names the id and where it was looked up."""


class RegistryUnavailable(Exception):
    """The registry could not be asked; unlike an unknown id this may pass, so try again."""


class Registry(Protocol):
    """Both ways between a topic's schema and the 4-byte id that stands before each record."""

    def id_of(self, topic: Topic) -> int: ...

    def schema_of(self, schema_id: int) -> Schema:
        """The writer's schema. Raises UnknownSchema or RegistryUnavailable."""
        ...


def derived_id(schema: Schema) -> int:
    """A positive 31-bit id from the schema's own text without its docs.

    The same schema has the same id on every machine, so no registry need agree on it.
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
                f"schema id {schema_id} is none of this version's; "
                "set SCHEMA_REGISTRY_URL if the records were written with a registry"
            ) from None


class ConfluentRegistry:
    """Any registry that speaks Confluent's REST API (Karapace, Apicurio, Confluent)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ids: dict[Topic, int] = {}
        self._schemas: dict[int, Schema] = {}

    def id_of(self, topic: Topic) -> int:
        """Registers the topic's schema under `<topic>-value` where it is new; asks only once."""
        if topic not in self._ids:
            self._ids[topic] = self._register(topic)
        return self._ids[topic]

    def schema_of(self, schema_id: int) -> Schema:
        if schema_id not in self._schemas:
            self._schemas[schema_id] = self._fetch(schema_id)
        return self._schemas[schema_id]

    def _register(self, topic: Topic) -> int:
        from confluent_kafka.schema_registry import Schema as RegisteredSchema

        schema = RegisteredSchema(json.dumps(schema_of(topic)), "AVRO")
        try:
            with self._client() as client:
                return int(client.register_schema(f"{topic.name}-value", schema))
        except Exception as error:
            raise self._unavailable(error) from None

    def _fetch(self, schema_id: int) -> Schema:
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            with self._client() as client:
                found = client.get_schema(schema_id)
        except SchemaRegistryError as error:
            if error.http_status_code == 404:
                raise self._unknown(f"schema id {schema_id} is unknown to {self._url}") from None
            raise self._unavailable(error) from None
        except Exception as error:
            raise self._unavailable(error) from None
        try:
            schema: Schema = json.loads(found.schema_str or "")
        except ValueError:
            raise self._unknown(f"schema id {schema_id} of {self._url} is no Avro schema") from None
        return schema

    def _client(self) -> SchemaRegistryClient:
        """A new one each time: few questions are asked, and none keeps a connection open."""
        from confluent_kafka.schema_registry import SchemaRegistryClient

        return SchemaRegistryClient({"url": self._url, "timeout": 10})

    def _unknown(self, message: str) -> UnknownSchema:
        return UnknownSchema(hushed(message, self._url))

    def _unavailable(self, error: Exception) -> RegistryUnavailable:
        # Not its cause either: what the client says may quote the URL with the password in it.
        return RegistryUnavailable(hushed(f"schema registry {self._url}: {error}", self._url))


def hushed(text: str, url: str) -> str:
    """The text without the URL's user and password."""
    user, at, _ = url.rpartition("://")[2].partition("/")[0].rpartition("@")
    return text.replace(user + at, "") if at else text


def open_registry(url: str | None) -> Registry:
    """The registry at `url`, or the derived ids where there is none."""
    return ConfluentRegistry(url) if url else DerivedRegistry()
