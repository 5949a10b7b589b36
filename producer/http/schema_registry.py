"""The read-only part of Confluent's schema registry API.

Consumers with a Confluent client can decode the topics without a separate registry: the ids in
the records are derived from the schemas, and these endpoints return the schema of each id. They
do not accept registrations.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producer.http.body import read_body
from producer.http.memory_budget import Budget
from schemas.registry import DerivedRegistry, derived_id
from schemas.topics import TOPICS, schema_of
from settings.limits import Limits

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
VERSION = 1  # a release of Bluetick has one version of each schema
SUFFIX = "-value"

SUBJECT_NOT_FOUND = 40401
VERSION_NOT_FOUND = 40402
SCHEMA_NOT_FOUND = 40403
INVALID_SCHEMA = 42201
INVALID_VERSION = 42202


def registry_routes(limits: Limits) -> list[Route]:
    """The routes of the registry endpoints."""
    registry = SchemaEndpoints(limits)
    return [
        Route("/schemas/types", registry.types),
        Route("/schemas/ids/{id}", registry.by_id),
        Route("/schemas/ids/{id}/versions", registry.uses),
        Route("/subjects", registry.subjects),
        Route("/subjects/{subject}", registry.lookup, methods=["POST"]),
        Route("/subjects/{subject}/versions", registry.versions),
        Route("/subjects/{subject}/versions/{version}", registry.version),
        Route("/config", registry.config),
        Route("/mode", registry.mode),
    ]


class SchemaEndpoints:
    """Answers requests from the schemas of this release."""

    def __init__(self, limits: Limits) -> None:
        derived = DerivedRegistry()
        self._limits = limits
        self._ids = {topic.name + SUFFIX: derived.id_of(topic) for topic in TOPICS}
        self._texts = {
            derived.id_of(topic): orjson.dumps(schema_of(topic)).decode() for topic in TOPICS
        }

    async def types(self, _: Request) -> Response:
        return _answer(["AVRO"])

    async def config(self, _: Request) -> Response:
        return _answer({"compatibilityLevel": "BACKWARD"})

    async def mode(self, _: Request) -> Response:
        return _answer({"mode": "READONLY"})

    async def subjects(self, _: Request) -> Response:
        return _answer(sorted(self._ids))

    async def by_id(self, request: Request) -> Response:
        text = self._texts.get(_number(request.path_params["id"]))
        if text is None:
            return _error(404, SCHEMA_NOT_FOUND, "Schema not found")
        return _answer({"schema": text})

    async def uses(self, request: Request) -> Response:
        wanted = _number(request.path_params["id"])
        found = [
            {"subject": subject, "version": VERSION}
            for subject, schema_id in self._ids.items()
            if schema_id == wanted
        ]
        return _answer(found) if found else _error(404, SCHEMA_NOT_FOUND, "Schema not found")

    async def versions(self, request: Request) -> Response:
        if request.path_params["subject"] not in self._ids:
            return _no_subject()
        return _answer([VERSION])

    async def version(self, request: Request) -> Response:
        subject, version = request.path_params["subject"], request.path_params["version"]
        if subject not in self._ids:
            return _no_subject()
        if version != "latest" and _number(version) < 1:
            return _error(422, INVALID_VERSION, "The version must be a positive number or 'latest'")
        if version not in ("latest", str(VERSION)):
            return _error(404, VERSION_NOT_FOUND, "Version not found")
        return _answer(self._entry(subject))

    async def lookup(self, request: Request) -> Response:
        """Answers with the id and version of the schema in the body, if the subject has it."""
        subject = request.path_params["subject"]
        if subject not in self._ids:
            return _no_subject()
        with Budget(self._limits.max_body_bytes).claim() as claim:
            body = await read_body(request, self._limits, claim)
        try:
            schema = orjson.loads(orjson.loads(body)["schema"])
        except (ValueError, TypeError, KeyError):
            return _error(422, INVALID_SCHEMA, "The body does not contain a schema")
        if derived_id(schema) != self._ids[subject]:
            return _error(404, SCHEMA_NOT_FOUND, "Schema not found")
        return _answer(self._entry(subject))

    def _entry(self, subject: str) -> dict[str, Any]:
        schema_id = self._ids[subject]
        return {
            "subject": subject,
            "version": VERSION,
            "id": schema_id,
            "schema": self._texts[schema_id],
        }


def _number(text: str) -> int:
    """A decimal number of less than 12 digits; -1 for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def _answer(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type=MEDIA_TYPE)


def _error(status: int, code: int, message: str) -> Response:
    return _answer({"error_code": code, "message": message}, status)


def _no_subject() -> Response:
    return _error(404, SUBJECT_NOT_FOUND, "Subject not found")
