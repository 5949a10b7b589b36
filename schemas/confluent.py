"""A schema registry with Confluent's REST API (Karapace, Apicurio, Confluent)."""

from __future__ import annotations

import json
from typing import Any

import httpx

from schemas.lookups import Lookups
from schemas.registry_errors import RefusedSchema, RegistryUnavailable, UnknownSchema
from schemas.topics import Schema, Topic, schema_of
from schemas.writer_schema import MAX_CHARACTERS, UnacceptableSchema, accepted
from settings.secrets import hushed

TIMEOUT_SECONDS = 10
# An answer holds the schema as a JSON text, where one character may take six bytes.
MAX_ANSWER_BYTES = 6 * MAX_CHARACTERS + 4096
NOT_FOUND = 404
# Not an answer about the id: not authorised, too slow, too many requests.
NO_ANSWER = (401, 403, 407, 408, 429)


class _TooLong(Exception):
    """The registry's answer is longer than any schema that is read."""


class ConfluentRegistry:
    """Registers our schemas, and looks up schemas of other writers."""

    def __init__(self, url: str) -> None:
        """`url` may hold several URLs, separated by commas: the first that answers is used."""
        self._url = url
        self._ids: dict[Topic, int] = {}
        self._lookups = Lookups(self._look_up)

    def id_of(self, topic: Topic) -> int:
        """The id of the topic's schema, which is registered as `<topic>-value`; asks only once.

        Raises RegistryUnavailable.
        """
        if topic not in self._ids:
            self._ids[topic] = self._register(topic)
        return self._ids[topic]

    def schema_of(self, schema_id: int) -> Schema:
        """The writer's schema in the form for decoding: flat, without docs, defaults and aliases.

        Raises UnknownSchema, RefusedSchema or RegistryUnavailable.
        """
        return self._lookups[schema_id]

    def _register(self, topic: Topic) -> int:
        # Takes a third of a second to import, and few commands register anything.
        from confluent_kafka.schema_registry import Schema as RegisteredSchema
        from confluent_kafka.schema_registry import SchemaRegistryClient

        schema = RegisteredSchema(json.dumps(schema_of(topic)), "AVRO")
        try:
            with SchemaRegistryClient({"url": self._url, "timeout": TIMEOUT_SECONDS}) as client:
                return int(client.register_schema(f"{topic.name}-value", schema))
        except Exception as error:
            raise self._unavailable(str(error)) from None

    def _look_up(self, schema_id: int) -> Schema:
        path = f"schemas/ids/{schema_id}"
        try:
            status, body = self._get(path)
        except _TooLong:
            raise self._refused(schema_id, "it is too long") from None
        if status == httpx.codes.OK:
            return self._read(schema_id, body)
        if status == NOT_FOUND or self._is_about_the_id(status):
            raise UnknownSchema(
                hushed(f"schema id {schema_id} is unknown to {self._url}", self._url)
            )
        raise self._unavailable(f"it answers {path} with status {status}")

    def _read(self, schema_id: int, body: bytes) -> Schema:
        try:
            answer: Any = json.loads(body)
            text, kind = answer["schema"], answer.get("schemaType", "AVRO")
        except (ValueError, LookupError, TypeError, AttributeError):
            raise self._unavailable("it does not answer as a schema registry") from None
        if kind != "AVRO" or not isinstance(text, str):
            raise self._refused(schema_id, "it is not an Avro schema")
        try:
            return accepted(text)
        except UnacceptableSchema as error:
            raise self._refused(schema_id, str(error)) from None

    def _is_about_the_id(self, status: int) -> bool:
        """Whether this failure is about this id only, because other requests are answered.

        Some registries fail for one id or its schema. If the consumer waited for it, a single
        record would stop all others.
        """
        if status in NO_ANSWER:
            return False
        return status < httpx.codes.INTERNAL_SERVER_ERROR or self._answers()

    def _answers(self) -> bool:
        try:
            return self._get("config")[0] == httpx.codes.OK
        except (_TooLong, RegistryUnavailable):
            return False

    def _get(self, path: str) -> tuple[int, bytes]:
        """The status and body of an answer. Raises _TooLong and RegistryUnavailable."""
        failure = "no URL is set"
        for base in self._url.split(","):
            try:
                return _answer(base.strip(), path)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = str(error) or type(error).__name__
        raise self._unavailable(failure) from None

    def _refused(self, schema_id: int, reason: str) -> RefusedSchema:
        message = f"schema id {schema_id} of {self._url} is not read: {reason}"
        return RefusedSchema(hushed(message, self._url))

    def _unavailable(self, reason: str) -> RegistryUnavailable:
        # Raised without its cause: the client's message may quote the URL with the password.
        return RegistryUnavailable(hushed(f"schema registry {self._url}: {reason}", self._url))


def _answer(base: str, path: str) -> tuple[int, bytes]:
    """Asks one registry. Removes the login from the URL, because httpx logs the URL."""
    url = httpx.URL(base)
    login = (url.username, url.password) if url.userinfo else None
    url = url.copy_with(username=None, password=None)
    headers = {
        "Accept": "application/vnd.schemaregistry.v1+json, application/json",
        "Accept-Encoding": "identity",
    }
    with (
        httpx.Client(auth=login, headers=headers, timeout=TIMEOUT_SECONDS) as client,
        client.stream("GET", f"{str(url).rstrip('/')}/{path}") as response,
    ):
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise _TooLong
        return response.status_code, bytes(body)
