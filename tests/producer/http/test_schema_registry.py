"""The registry endpoints, used with Confluent's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from schemas.codec import decode
from schemas.registry import DerivedRegistry
from schemas.topics import RAW, STATUSES, TOPICS, schema_of
from tests.support.broker import Tail
from tests.support.payloads import cloud, status
from tests.support.receiver import HOST, Receiver, receiver

REGISTRY = DerivedRegistry()


@pytest.fixture
def client(edge: Receiver) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": f"http://{HOST}:{edge.admin.base_url.port}"}) as found:
        yield found


def test_a_client_with_only_this_registry_decodes_what_was_published(
    edge: Receiver, tail: Tail, client: SchemaRegistryClient
) -> None:
    assert edge.post(cloud(status("wamid.stranger"))).status_code == 200
    deserialize = AvroDeserializer(client)
    for message in tail.messages():
        topic = message.topic()
        assert topic is not None
        found = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
        assert found == decode(message.value(), REGISTRY)


def test_schemas_by_id(client: SchemaRegistryClient) -> None:
    for topic in TOPICS:
        text = client.get_schema(REGISTRY.id_of(topic)).schema_str
        assert text is not None
        assert json.loads(text) == schema_of(topic)


def test_schemas_by_subject(client: SchemaRegistryClient) -> None:
    subjects = {f"{topic.name}-value": topic for topic in TOPICS}
    assert set(client.get_subjects()) == set(subjects)
    for subject, topic in subjects.items():
        assert client.get_versions(subject) == [1]
        latest = client.get_latest_version(subject)
        first = client.get_version(subject, 1)
        assert latest.schema_id == first.schema_id == REGISTRY.id_of(topic)
        schema = Schema(json.dumps(schema_of(topic)), "AVRO")
        assert client.lookup_schema(subject, schema).schema_id == REGISTRY.id_of(topic)


def test_a_schema_without_its_docs_is_the_same(client: SchemaRegistryClient) -> None:
    bare = json.loads(json.dumps(schema_of(STATUSES)))
    del bare["doc"]
    found = client.lookup_schema("whatsapp.statuses-value", Schema(json.dumps(bare), "AVRO"))
    assert found.schema_id == REGISTRY.id_of(STATUSES)


def test_what_is_not_there(client: SchemaRegistryClient) -> None:
    def code_of(call: object, *arguments: object) -> int:
        assert callable(call)
        with pytest.raises(SchemaRegistryError) as refused:
            call(*arguments)
        return int(refused.value.error_code)

    assert code_of(client.get_schema, 1) == 40403
    assert code_of(client.get_latest_version, "nothing") == 40401
    assert code_of(client.get_versions, "nothing") == 40401
    assert code_of(client.get_version, "whatsapp.raw-value", 2) == 40402
    other = Schema('{"type": "string"}', "AVRO")
    assert code_of(client.lookup_schema, "whatsapp.raw-value", other) == 40403
    assert code_of(client.lookup_schema, "nothing", other) == 40401


RAW_SUBJECT = "whatsapp.raw-value"
RAW_ID = REGISTRY.id_of(RAW)
UNREADABLE = (b"", b"{}", b'{"schema": "{"}', b'{"schema": 1}', b"[]")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/schemas/types", ["AVRO"]),
        (f"/schemas/ids/{RAW_ID}/schema", schema_of(RAW)),
        (f"/schemas/ids/{RAW_ID}/subjects", [RAW_SUBJECT]),
        (f"/schemas/ids/{RAW_ID}/versions", [{"subject": RAW_SUBJECT, "version": 1}]),
        (f"/subjects/{RAW_SUBJECT}/versions/latest/schema", schema_of(RAW)),
        (f"/subjects/{RAW_SUBJECT}/versions/1/schema", schema_of(RAW)),
        ("/config", {"compatibilityLevel": "BACKWARD"}),
        (f"/config/{RAW_SUBJECT}", {"compatibilityLevel": "BACKWARD"}),
        ("/mode", {"mode": "READONLY"}),
        (f"/mode/{RAW_SUBJECT}", {"mode": "READONLY"}),
    ],
)
def test_the_remaining_endpoints(edge: Receiver, path: str, content: object) -> None:
    answer = edge.admin.get(path)
    assert (answer.status_code, answer.json()) == (200, content)
    assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"


@pytest.mark.parametrize(
    ("path", "error_code"),
    [
        ("/schemas/ids/x", 40403),
        ("/schemas/ids/1/schema", 40403),
        ("/schemas/ids/1/subjects", 40403),
        ("/schemas/ids/1/versions", 40403),
        ("/subjects/nothing/versions/1", 40401),
        ("/subjects/nothing/versions/latest/schema", 40401),
        (f"/subjects/{RAW_SUBJECT}/versions/2/schema", 40402),
        (f"/subjects/{RAW_SUBJECT}/versions/0", 42202),
        ("/config/nothing", 40401),
        ("/mode/nothing", 40401),
        ("/schemas", 404),
        (f"/subjects/{RAW_SUBJECT}", 404),
        ("/config/a/b", 404),
    ],
)
def test_errors_have_the_codes_of_a_registry(edge: Receiver, path: str, error_code: int) -> None:
    answer = edge.admin.get(path)
    assert answer.json()["error_code"] == error_code
    assert answer.status_code == error_code // (100 if error_code > 999 else 1)


def test_registering_a_schema_of_a_topic_returns_its_id(client: SchemaRegistryClient) -> None:
    for topic in TOPICS:
        schema = Schema(json.dumps(schema_of(topic)), "AVRO")
        assert client.register_schema(f"{topic.name}-value", schema) == REGISTRY.id_of(topic)


def test_no_other_schema_is_registered(client: SchemaRegistryClient) -> None:
    for subject, schema in ((RAW_SUBJECT, '"int"'), ("mine", json.dumps(schema_of(RAW)))):
        with pytest.raises(SchemaRegistryError, match="SCHEMA_REGISTRY_URL") as refused:
            client.register_schema(subject, Schema(schema, "AVRO"))
        assert (refused.value.http_status_code, refused.value.error_code) == (422, 42205)


def test_a_body_without_a_schema(edge: Receiver) -> None:
    for path in (f"/subjects/{RAW_SUBJECT}", f"/subjects/{RAW_SUBJECT}/versions"):
        for body in UNREADABLE:
            answer = edge.admin.post(path, content=body)
            assert (answer.status_code, answer.json()["error_code"]) == (422, 42201)


@pytest.mark.parametrize("path", ["/config", f"/config/{RAW_SUBJECT}", f"/subjects/{RAW_SUBJECT}"])
def test_nothing_is_changed_here(edge: Receiver, path: str) -> None:
    answer = edge.admin.request("PUT" if "config" in path else "DELETE", path)
    assert (answer.status_code, answer.json()["error_code"]) == (405, 405)


def test_with_a_real_registry_it_is_not_served() -> None:
    with receiver(f"{HOST}:1", registry_url=f"http://{HOST}:2", wait=False) as edge:
        assert edge.admin.get("/subjects").status_code == 404
        assert edge.admin.get("/healthz").status_code == 200
