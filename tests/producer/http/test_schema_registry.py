"""The registry endpoints, used with Confluent's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from schemas.codec import decode
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES, TOPICS, schema_of
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


def test_the_remaining_endpoints(edge: Receiver) -> None:
    def get(path: str) -> httpx.Response:
        return edge.admin.get(path)

    assert get("/schemas/types").json() == ["AVRO"]
    assert get("/config").json() == {"compatibilityLevel": "BACKWARD"}
    assert get("/mode").json() == {"mode": "READONLY"}
    uses = get(f"/schemas/ids/{REGISTRY.id_of(STATUSES)}/versions").json()
    assert uses == [{"subject": "whatsapp.statuses-value", "version": 1}]
    assert get("/schemas/ids/1/versions").status_code == 404
    assert get("/schemas/ids/x").json()["error_code"] == 40403
    assert get("/subjects/whatsapp.raw-value/versions/0").json()["error_code"] == 42202
    assert get("/subjects").headers["content-type"] == "application/vnd.schemaregistry.v1+json"
    for body in (b"", b"{}", b'{"schema": "{"}', b'{"schema": 1}', b"[]", b'{"schema": "1"}'):
        answer = edge.admin.post("/subjects/whatsapp.raw-value", content=body)
        assert answer.status_code in (404, 422)


def test_nothing_is_registered_here(edge: Receiver) -> None:
    answer = edge.admin.post("/subjects/whatsapp.raw-value/versions", json={"schema": '"int"'})
    assert answer.status_code == 405


def test_with_a_real_registry_it_is_not_served() -> None:
    with receiver(f"{HOST}:1", registry_url=f"http://{HOST}:2", wait=False) as edge:
        assert edge.admin.get("/subjects").status_code == 404
        assert edge.admin.get("/healthz").status_code == 200
