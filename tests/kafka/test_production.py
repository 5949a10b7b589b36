"""The Kafka of docker-compose.production.yml: its own settings, with TLS, users and rights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bluetick.doctor.cluster import look
from bluetick.tail import follow
from bluetick.tasks.permit import Users, permit
from bluetick.watermarks import READER
from schemas.create_topics import DAY_MS, topic_config
from schemas.registry import DerivedRegistry
from schemas.topics import RAW, STATUSES, TOPICS
from settings.kafka import client_config, variable
from tests.support.compose import PRODUCTION, service
from tests.support.kafka import Kafka
from tests.support.land import consumers
from tests.support.payloads import cloud, status
from tests.support.ports import HOST, free_ports
from tests.support.receiver import receiver
from tests.support.waiting import wait_for

pytestmark = pytest.mark.kafka
PASSWORDS = {name: f"password-of-the-{name}" for name in ("admin", "receiver", "consumer")}
SECRETS = {f"KAFKA_{name.upper()}_PASSWORD": value for name, value in PASSWORDS.items()}
# What names a place in the container, and what a test cannot wait for.
PLACES = ("LISTENERS", "ADVERTISED_LISTENERS", "CONTROLLER_QUORUM_VOTERS", "LOG_DIRS")
NOT_SETTINGS = ("HEAP_OPTS",)
QUICK = {"log.retention.check.interval.ms": "500", "log.segment.delete.delay.ms": "0"}

As = Callable[[str], None]


def settings(folder: Path, port: int, controller: int) -> dict[str, str]:
    """The variables of the file as Kafka's settings, as the image reads them."""
    found = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
        for name, value in service(PRODUCTION, "kafka", SECRETS)["environment"].items()
        if name.startswith("KAFKA_") and name.removeprefix("KAFKA_") not in NOT_SETTINGS
    }
    places = {name.lower().replace("_", ".") for name in PLACES}
    assert places < found.keys()
    return {
        **{name: value for name, value in found.items() if name not in places},
        "listeners": f"INSIDE://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"INSIDE://{HOST}:{port}",
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.location": str(folder / "ca.pem"),
        **QUICK,
    }


def certificates(folder: Path) -> None:
    """Writes ca.pem, and broker.pem with the key and certificate of the broker."""
    now = datetime.now(UTC)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def builder(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("ca"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    constraint = x509.BasicConstraints(ca=True, path_length=None)
    ca = builder("ca", ca_key).add_extension(constraint, critical=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
    broker = builder("kafka", key).add_extension(names, critical=False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(pem))
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signed = broker.sign(ca_key, hashes.SHA256()).public_bytes(pem)
    (folder / "broker.pem").write_bytes(private + signed)


@pytest.fixture(scope="module")
def as_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[As]:
    """Lets the clients of this process be a user of Kafka."""
    folder = tmp_path_factory.getbasetemp() / "production"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable("security.protocol"), "SASL_SSL")
        patch.setenv(variable("sasl.mechanism"), "PLAIN")
        patch.setenv(variable("ssl.ca.location"), str(folder / "ca.pem"))

        def be(user: str) -> None:
            patch.setenv(variable("sasl.username"), user)
            patch.setenv(variable("sasl.password"), PASSWORDS[user])

        be("admin")
        yield be


@pytest.fixture(scope="module")
def kafka(as_user: As, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    folder = tmp_path_factory.getbasetemp() / "production"
    folder.mkdir()
    certificates(folder)
    port, controller = free_ports(2)
    given = settings(folder, port, controller)
    with Kafka(folder / "kafka", port=port, settings=given) as running:
        as_user("admin")
        assert permit(running.bootstrap, Users("receiver", "consumer", "test")) > len(TOPICS)
        yield running


def refusal(attempt: Callable[[], object]) -> int:
    with pytest.raises(KafkaException) as error:
        attempt()
    code: int = error.value.args[0].code()
    return code


def test_nobody_connects_without_a_password_and_the_authority(
    kafka: Kafka, as_user: As, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user("receiver")
    certificates(tmp_path)  # of another authority

    def first_error(name: str, value: str) -> int:
        errors: list[KafkaError] = []
        with monkeypatch.context() as wrong:
            wrong.setenv(variable(name), value)
            config = client_config(kafka.bootstrap)
        client = AdminClient({**config, "error_cb": errors.append, "log_level": 0})
        wait_for(lambda: client.poll(0.1) or errors)
        return errors[0].code()

    assert first_error("sasl.password", "another") == KafkaError._AUTHENTICATION
    assert first_error("ssl.ca.location", str(tmp_path / "ca.pem")) == KafkaError._SSL
    # A client without encryption is disconnected.
    lost = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN)
    assert first_error("security.protocol", "PLAINTEXT") in lost


def test_the_receiver_publishes_and_the_consumer_lands(
    kafka: Kafka, as_user: As, tmp_path: Path
) -> None:
    as_user("receiver")
    with receiver(kafka.bootstrap) as edge:
        assert edge.post(cloud(status("wamid.production"))).status_code == 200
    as_user("admin")
    event_ids = [published_id(kafka.bootstrap)]
    as_user("consumer")
    with consumers(kafka.bootstrap, tmp_path, "classic") as group:
        group.group = "test"
        group.start()
        group.await_landed(event_ids)


def published_id(bootstrap: str) -> str:
    tail = follow(bootstrap, DerivedRegistry(), STATUSES, from_beginning=True)
    record = next(iter(tail))
    tail.close()
    return str(record["event_id"])


def test_the_receiver_cannot_read_and_the_consumer_cannot_write(kafka: Kafka, as_user: As) -> None:
    as_user("receiver")
    reading = Consumer({**client_config(kafka.bootstrap), **READER})
    reading.assign([TopicPartition(STATUSES.name, 0, 0)])
    message = None
    while message is None:
        message = reading.poll(1)
    reading.close()
    error = message.error()
    assert error is not None
    # Whatever the client asked for first: the group that it names, or the records.
    assert error.code() in (
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
    )

    as_user("consumer")
    failures: list[int] = []
    producer = Producer({**client_config(kafka.bootstrap), "log_level": 0})
    producer.produce(
        STATUSES.name, b"x", on_delivery=lambda error, _: failures.append(error.code())
    )
    producer.flush(60)
    assert failures == [KafkaError.TOPIC_AUTHORIZATION_FAILED]
    for user in ("receiver", "consumer"):
        as_user(user)
        admin = AdminClient({**client_config(kafka.bootstrap), "log_level": 0})
        (created,) = admin.create_topics([NewTopic("more", num_partitions=1)]).values()
        assert refusal(lambda future=created: future.result(60)) in (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        )


def test_records_are_gone_after_the_retention_that_was_set(kafka: Kafka, as_user: As) -> None:
    as_user("admin")
    facts = look(kafka.bootstrap).topics
    for topic in TOPICS:
        wanted = topic_config(topic)
        found = facts[topic.name].settings
        assert {name: str(found[name]) for name in ("retention.ms", "segment.ms")} == {
            name: wanted[name] for name in ("retention.ms", "segment.ms")
        }
    longest = facts[RAW.name].longest_ms
    assert longest == 4 * DAY_MS
    # A file takes records of one day, and goes with the newest of them.
    now = time.time_ns() // 1_000_000
    reading = Consumer({**client_config(kafka.bootstrap), **READER})
    # The test before may have written to any partition.
    place = next(
        place
        for place in (TopicPartition(RAW.name, number) for number in count())
        if reading.get_watermark_offsets(place, timeout=60)[1] == 0
    )
    producer = Producer({**client_config(kafka.bootstrap), "linger.ms": 0})
    for age in (longest, longest - DAY_MS, 0):
        body = b"a-body-of-a-person" if age else b"new"
        producer.produce(RAW.name, body, partition=place.partition, timestamp=now - age)
        assert producer.flush(60) == 0
    wait_for(lambda: reading.get_watermark_offsets(place, timeout=10)[0] == 2)
    reading.close()

    def files() -> bytes:
        found = kafka.directory.rglob(f"{RAW.name}-{place.partition}/*")
        return b"".join(file.read_bytes() for file in found if file.is_file())

    wait_for(lambda: b"a-body-of-a-person" not in files())
    assert b"new" in files()
