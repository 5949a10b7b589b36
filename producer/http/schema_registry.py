"""The part of Confluent's schema registry API that clients need, without registering anything new.

Consumers with a Confluent client can decode the topics without a separate registry: the ids in
the records are derived from the schemas, and these endpoints return the schema of each id. A client
that registers a schema of this release gets its id; any other schema is refused.
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producer.http.body import read_body
from producer.http.errors import Refusal
from producer.http.memory_budget import Budget
from schemas.registry import DerivedRegistry, derived_id
from schemas.topics import TOPICS, Schema, schema_of
from settings.limits import Limits

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
VERSION = 1  # a release of Bluetick has one version of each schema
SUFFIX = "-value"

SUBJECT_NOT_FOUND = 40401
VERSION_NOT_FOUND = 40402
SCHEMA_NOT_FOUND = 40403
INVALID_SCHEMA = 42201
INVALID_VERSION = 42202
READ_ONLY = 42205

_PREFIXES = ("/schemas", "/subjects", "/config", "/mode")


def registry_routes(limits: Limits) -> list[Route]:
    """The routes of the registry endpoints."""
    registry = SchemaEndpoints(limits)
    # Everything else below the same paths also gets an answer in the registry's form.
    others = [path for prefix in _PREFIXES for path in (prefix, prefix + "/{rest:path}")]
    return [
        Route("/schemas/types", registry.types),
        Route("/schemas/ids/{id}", registry.by_id),
        Route("/schemas/ids/{id}/schema", registry.text_by_id),
        Route("/schemas/ids/{id}/subjects", registry.subjects_by_id),
        Route("/schemas/ids/{id}/versions", registry.versions_by_id),
        Route("/subjects", registry.subjects),
        Route("/subjects/{subject}", registry.lookup, methods=["POST"]),
        Route("/subjects/{subject}/versions", registry.versions),
        Route("/subjects/{subject}/versions", registry.register, methods=["POST"]),
        Route("/subjects/{subject}/versions/{version}", registry.version),
        Route("/subjects/{subject}/versions/{version}/schema", registry.text_by_version),
        Route("/config", registry.config),
        Route("/config/{subject}", registry.config),
        Route("/mode", registry.mode),
        Route("/mode/{subject}", registry.mode),
        *(Route(path, _other, methods=["GET", "POST", "PUT", "DELETE"]) for path in others),
    ]


class NotServed(Refusal):
    """Ends a request with an error answer in the registry's form."""

    def __init__(self, status: int, error_code: int, message: str) -> None:
        super().__init__(status, str(error_code), message)

    def response(self) -> Response:
        return _answer({"error_code": int(self.code), "message": self.message}, self.status)


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

    async def config(self, request: Request) -> Response:
        return self._setting(request, {"compatibilityLevel": "BACKWARD"})

    async def mode(self, request: Request) -> Response:
        return self._setting(request, {"mode": "READONLY"})

    async def subjects(self, _: Request) -> Response:
        return _answer(sorted(self._ids))

    async def by_id(self, request: Request) -> Response:
        return _answer({"schema": self._texts[self._id(request)]})

    async def text_by_id(self, request: Request) -> Response:
        return _text(self._texts[self._id(request)])

    async def subjects_by_id(self, request: Request) -> Response:
        return _answer(self._subjects(self._id(request)))

    async def versions_by_id(self, request: Request) -> Response:
        subjects = self._subjects(self._id(request))
        return _answer([{"subject": subject, "version": VERSION} for subject in subjects])

    async def versions(self, request: Request) -> Response:
        self._subject(request)
        return _answer([VERSION])

    async def version(self, request: Request) -> Response:
        return _answer(self._entry(self._subject_of_version(request)))

    async def text_by_version(self, request: Request) -> Response:
        return _text(self._texts[self._ids[self._subject_of_version(request)]])

    async def lookup(self, request: Request) -> Response:
        """Answers with the id and version of the schema in the body, if the subject has it."""
        subject = self._subject(request)
        if derived_id(await self._posted(request)) != self._ids[subject]:
            raise NotServed(404, SCHEMA_NOT_FOUND, "Schema not found")
        return _answer(self._entry(subject))

    async def register(self, request: Request) -> Response:
        """Answers with the id of the schema in the body, if the subject has it already."""
        found = self._ids.get(request.path_params["subject"])
        if derived_id(await self._posted(request)) != found:
            raise NotServed(
                422,
                READ_ONLY,
                "This registry has only the schemas of Bluetick's topics and registers no others; "
                "to register your own, run a schema registry and set SCHEMA_REGISTRY_URL",
            )
        return _answer({"id": found})

    def _setting(self, request: Request, content: dict[str, str]) -> Response:
        if "subject" in request.path_params:
            self._subject(request)
        return _answer(content)

    def _id(self, request: Request) -> int:
        found = _number(request.path_params["id"])
        if found not in self._texts:
            raise NotServed(404, SCHEMA_NOT_FOUND, "Schema not found")
        return found

    def _subject(self, request: Request) -> str:
        subject = str(request.path_params["subject"])
        if subject not in self._ids:
            raise NotServed(404, SUBJECT_NOT_FOUND, "Subject not found")
        return subject

    def _subjects(self, schema_id: int) -> list[str]:
        return [subject for subject, own in self._ids.items() if own == schema_id]

    def _subject_of_version(self, request: Request) -> str:
        subject, version = self._subject(request), request.path_params["version"]
        if version != "latest" and _number(version) < 1:
            message = "The version must be a positive number or 'latest'"
            raise NotServed(422, INVALID_VERSION, message)
        if version not in ("latest", str(VERSION)):
            raise NotServed(404, VERSION_NOT_FOUND, "Version not found")
        return subject

    async def _posted(self, request: Request) -> Schema:
        with Budget(self._limits.max_body_bytes).claim() as claim:
            body = await read_body(request, self._limits, claim)
        try:
            schema: Schema = orjson.loads(orjson.loads(body)["schema"])
        except (ValueError, TypeError, KeyError):
            raise NotServed(422, INVALID_SCHEMA, "The body does not contain a schema") from None
        return schema

    def _entry(self, subject: str) -> dict[str, Any]:
        schema_id = self._ids[subject]
        return {
            "subject": subject,
            "version": VERSION,
            "id": schema_id,
            "schema": self._texts[schema_id],
        }


async def _other(request: Request) -> Response:
    if request.method in ("GET", "HEAD"):
        raise NotServed(404, 404, "HTTP 404 Not Found")
    raise NotServed(405, 405, "This registry is read-only")


def _number(text: str) -> int:
    """A decimal number of less than 12 digits; -1 for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def _text(schema: str) -> Response:
    return Response(schema, media_type=MEDIA_TYPE)


def _answer(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type=MEDIA_TYPE)
