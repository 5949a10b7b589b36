"""`bluetick registry` serves the schemas without a receiver and without Kafka."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import httpx
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer

from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES, TOPICS, schema_of
from tests.support.command import BLUETICK, environment, run
from tests.support.ports import HOST, free_port
from tests.support.process import Child
from tests.support.records import event, framed
from tests.support.waiting import wait_for


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/subjects", trust_env=False, verify=False).is_success
    except httpx.TransportError:
        return False


def test_a_client_decodes_records_with_it(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://{HOST}:{port}"
    command = [*BLUETICK, "registry", "--registry-port", str(port)]
    child = Child(command, log=tmp_path / "registry.log", env=environment())
    child.start()
    try:
        wait_for(lambda: answers(url))
        with SchemaRegistryClient({"url": url}) as client:
            for topic in TOPICS:
                text = client.get_schema(DerivedRegistry().id_of(topic)).schema_str
                assert text
                assert json.loads(text) == schema_of(topic)
            record = framed(STATUSES, event(STATUSES, message_id="wamid.alone"))
            assert AvroDeserializer(client)(record, None)["message_id"] == "wamid.alone"
        assert httpx.get(f"{url}/webhooks/local", trust_env=False, verify=False).status_code == 404
        child.signal(signal.SIGTERM)
        assert child.wait(60) == 0
        assert f"serving the schemas on port {port}" in child.tail()
    finally:
        child.kill()


def test_a_taken_port_says_what_to_do() -> None:
    with socket.create_server((HOST, 0)) as taken:
        done = run("registry", "--registry-port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "choose another port with --registry-port or BLUETICK_REGISTRY_PORT" in done.stderr
