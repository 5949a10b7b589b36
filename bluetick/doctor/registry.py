"""Check that the schema registry has this version's schemas, or would accept them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from bluetick.doctor.finding import Finding, ok, problem, warning
from schemas.topics import TOPICS, Topic, schema_of
from settings.secrets import hushed

CHECK = "registry"
SECONDS = 5
NOT_FOUND = 404


def registry(url: str | None) -> Iterator[Finding]:
    """One finding for each topic's schema. Registers nothing."""
    if url is None:
        yield ok(CHECK, "none is set: schema ids are derived from the schemas")
        return
    try:
        with SchemaRegistryClient({"url": url, "timeout": SECONDS, "max.retries": 0}) as client:
            findings = [_of_topic(client, topic) for topic in TOPICS]
    except Exception as error:  # its HTTP library raises many types
        yield problem(
            CHECK,
            f"{hushed(url, url)} does not answer as a schema registry: {type(error).__name__}",
            "check that it runs and that SCHEMA_REGISTRY_URL is right; until then nothing is "
            "published, and landing waits",
        )
        return
    yield from findings


def _of_topic(client: SchemaRegistryClient, topic: Topic) -> Finding:
    subject = f"{topic.name}-value"
    schema = Schema(json.dumps(schema_of(topic)), "AVRO")
    try:
        return ok(CHECK, f"{subject} has id {client.lookup_schema(subject, schema).schema_id}")
    except SchemaRegistryError as error:
        if error.http_status_code != NOT_FOUND:
            raise
    try:
        latest = client.get_latest_version(subject).version
    except SchemaRegistryError as error:
        if error.http_status_code != NOT_FOUND:
            raise
        return warning(
            CHECK,
            f"{subject} is not registered yet",
            "start `bluetick receive` with this SCHEMA_REGISTRY_URL, which registers it",
        )
    if client.test_compatibility(subject, schema):
        return warning(
            CHECK,
            f"{subject} has version {latest}, which is not this version's schema but is compatible",
            "restart `bluetick receive`, which registers this version's schema",
        )
    return problem(
        CHECK,
        f"{subject} has version {latest}, which is not compatible with this version's schema",
        "update the Bluetick that registered it, or use another registry for this one",
    )
