"""With a real schema registry and a real Kafka, as in production."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from bluetick.doctor.registry import registry as checked
from schemas.codec import PREFIX, Encoder
from schemas.confluent import ConfluentRegistry
from schemas.create_topics import ensure_topics
from schemas.registry_errors import UnknownSchema
from schemas.topics import STATUSES, TOPICS, schema_of
from schemas.writer_schema import flat
from tests.support.apicurio import Apicurio, apicurio
from tests.support.broker import Tail
from tests.support.kafka import Kafka
from tests.support.land import consumers, publish
from tests.support.maven import Unavailable
from tests.support.payloads import cloud, status
from tests.support.receiver import receiver
from tests.support.records import event, framed
from tests.support.topics import await_topics
from tests.support.waiting import wait_for
from warehouse.connection import connect

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A separate Kafka, in which all records have ids that this registry knows."""
    with Kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        ensure_topics(kafka.bootstrap)
        await_topics(kafka.bootstrap)
        yield kafka.bootstrap


@pytest.fixture(scope="module")
def registry(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apicurio]:
    try:
        with apicurio(broker, tmp_path_factory.mktemp("registry")) as running:
            yield running
    except Unavailable as error:
        pytest.skip(str(error))


def test_ids_stay_the_same_after_a_restart_of_the_registry(registry: Apicurio) -> None:
    assert {finding.level for finding in checked(registry.url)} <= {"warning", "ok"}
    ids = {topic: ConfluentRegistry(registry.url).id_of(topic) for topic in TOPICS}
    assert len(set(ids.values())) == len(TOPICS)
    registry.child.kill()
    registry.start()
    again = ConfluentRegistry(registry.url)
    assert {topic: again.id_of(topic) for topic in TOPICS} == ids
    assert all(again.schema_of(ids[topic]) == flat(schema_of(topic)) for topic in TOPICS)
    with pytest.raises(UnknownSchema):
        again.schema_of(987_654)
    assert {finding.level for finding in checked(registry.url)} == {"ok"}


def test_from_webhook_to_row_with_its_ids(broker: str, registry: Apicurio, tmp_path: Path) -> None:
    tail = Tail(broker, (STATUSES,))
    with receiver(broker, registry_url=registry.url) as edge:
        assert edge.post(cloud(status("wamid.registered"))).status_code == 200
    (message,) = tail.messages()
    value = message.value()
    assert value is not None
    schema_id = int.from_bytes(value[1:5], "big")
    assert schema_id == ConfluentRegistry(registry.url).id_of(STATUSES)
    with SchemaRegistryClient({"url": registry.url}) as client:
        place = SerializationContext(STATUSES.name, MessageField.VALUE)
        found = AvroDeserializer(client)(value, place)
    assert isinstance(found, dict)
    assert found["message_id"] == "wamid.registered"
    with consumers(broker, tmp_path, "classic") as group:
        group.start("--registry", registry.url)
        group.await_landed([found["event_id"]])


def test_without_the_registry_everything_waits_for_it(
    broker: str, registry: Apicurio, tmp_path: Path
) -> None:
    encoder = Encoder(STATUSES, ConfluentRegistry(registry.url))
    new = event(STATUSES)
    registry.child.kill()
    try:
        with receiver(broker, registry_url=registry.url, wait=False) as edge:
            refused = edge.post(cloud(status("wamid.unregistered")))
            assert refused.status_code == 503
            assert "Retry-After" in refused.headers
            assert "registry" in edge.client.get("/readyz").text
            publish(broker, STATUSES, [encoder(new)])
            with consumers(broker, tmp_path, "classic") as group:
                child = group.start("--registry", registry.url)
                wait_for(lambda: "landing delayed: schema registry" in child.tail())
                registry.start()
                group.await_landed([new["event_id"]])
            wait_for(edge.ready)
            assert edge.post(cloud(status("wamid.unregistered"))).status_code == 200
    finally:
        if not registry.child.running:
            registry.start()


def test_an_id_of_another_registry_is_poison(
    broker: str, registry: Apicurio, tmp_path: Path
) -> None:
    good = event(STATUSES)
    encoder = Encoder(STATUSES, ConfluentRegistry(registry.url))
    publish(broker, STATUSES, [framed(STATUSES, event(STATUSES)), encoder(good)])
    with consumers(broker, tmp_path, "classic") as group:
        group.start("--registry", registry.url)
        group.await_landed([good["event_id"]])
        with connect(group.location, read_only=True) as connection:
            found = connection.execute("SELECT reason FROM dead_letters").fetchall()
        assert found == [("unknown_schema",)]


def test_hostile_schemas_neither_crash_nor_block_a_decoder(
    broker: str, registry: Apicurio, tmp_path: Path
) -> None:
    status = {"type": "record", "name": "Status", "namespace": "bluetick"}
    nulls = {"type": "array", "items": "null"}
    again = [{"name": "again", "type": ["null", "Status"]}]
    with SchemaRegistryClient({"url": registry.url}) as client:
        ids = [
            client.register_schema(
                subject, Schema(json.dumps({**status, "fields": fields}), "AVRO")
            )
            for subject, fields in (
                ("recursive", again),
                ("endless", [{"name": "nulls", "type": nulls}]),
            )
        ]
    bodies = (b"\x02" * 2_000_000, b"\x80\x80\x80\x80\x80\x80\x40")
    hostile = [
        PREFIX.pack(0, schema_id) + body for schema_id, body in zip(ids, bodies, strict=True)
    ]
    # Ids that do not exist, for which some registries answer with a server error.
    odd = [PREFIX.pack(0, schema_id) + b"x" for schema_id in (0, 2**31 - 1, 2**31, 2**32 - 1)]
    good = event(STATUSES)
    encoder = Encoder(STATUSES, ConfluentRegistry(registry.url))
    with consumers(broker, tmp_path, "classic") as group:
        group.start("--registry", registry.url)
        publish(broker, STATUSES, [*hostile, *odd, encoder(good)], partition=0)
        group.await_landed([good["event_id"]])
        with connect(group.location, read_only=True) as connection:
            found = connection.execute(
                "SELECT reason FROM dead_letters "
                'WHERE "partition" = 0 ORDER BY "offset" DESC LIMIT 6'
            ).fetchall()
    assert [reason for (reason,) in reversed(found)] == [
        *["wrong_schema"] * 2,
        *["unknown_schema"] * 4,
    ]
