"""The settings of a secured Kafka from the environment, and the errors in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.kafka import (
    CODECS,
    COMPRESSION,
    SECURITY,
    KafkaSettingError,
    client_config,
    compression_config,
    variable,
)


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECURITY:
        monkeypatch.delenv(variable(name), raising=False)


def test_without_security_only_the_addresses_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "")
    assert client_config("kafka:9092") == {"bootstrap.servers": "kafka:9092"}


def test_each_setting_has_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n", "utf-8")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", f"file:{tmp_path / 'password'}")
    monkeypatch.setenv("KAFKA_SSL_CA_LOCATION", "/certs/ca.pem")
    assert client_config("kafka:9092") == {
        "bootstrap.servers": "kafka:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.password": "secret",
        "ssl.ca.location": "/certs/ca.pem",
    }


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("KAFKA_SECURITY_PROTOCOL", "TLS", "must be one of PLAINTEXT, SSL"),
        ("KAFKA_SASL_PASSWORD", "file:/nowhere", "cannot read /nowhere"),
        ("KAFKA_SASL_PASSWORD", "env:UNSET_HERE", "UNSET_HERE is not set"),
    ],
)
def test_the_error_names_an_unusable_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(KafkaSettingError, match=name) as error:
        client_config("kafka:9092")
    assert shown in str(error.value)


def test_records_are_compressed_with_the_chosen_codec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COMPRESSION, raising=False)
    assert compression_config() == {"compression.type": "gzip", "compression.level": 1}
    for codec in CODECS[1:]:
        monkeypatch.setenv(COMPRESSION, codec)
        assert compression_config() == {"compression.type": codec}
    monkeypatch.setenv(COMPRESSION, "brotli")
    with pytest.raises(KafkaSettingError, match=f"{COMPRESSION} must be one of gzip, none"):
        compression_config()
