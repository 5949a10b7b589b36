"""How every client reaches Kafka: its addresses, and what a secured Kafka asks for."""

from __future__ import annotations

import os
from typing import Any

from settings.errors import BluetickError
from settings.secrets import resolve

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
# librdkafka's own names; the environment has them in capitals, after KAFKA_.
SECURITY = (
    "security.protocol",
    "sasl.mechanism",
    "sasl.username",
    "sasl.password",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.key.location",
    "ssl.key.password",
)


class KafkaSettingError(BluetickError):
    """A KAFKA_… variable cannot be used; the message names it and never its value."""


def variable(name: str) -> str:
    """The environment variable of one of librdkafka's settings."""
    return f"KAFKA_{name.replace('.', '_').upper()}"


def client_config(bootstrap: str) -> dict[str, Any]:
    """librdkafka's settings to reach the Kafka at `bootstrap`, secured as the environment says.

    Raises KafkaSettingError.
    """
    found = {"bootstrap.servers": bootstrap}
    for name in SECURITY:
        if value := os.environ.get(variable(name)):
            try:
                found[name] = resolve(value)
            except ValueError as error:
                raise KafkaSettingError(f"{variable(name)}: {error}") from None
    if found.get("security.protocol", PROTOCOLS[0]) not in PROTOCOLS:
        raise KafkaSettingError(
            f"{variable('security.protocol')} must be one of {', '.join(PROTOCOLS)}"
        )
    return found
