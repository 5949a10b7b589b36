"""The settings of the Kafka clients: addresses and security, and the compression of records."""

from __future__ import annotations

import os
from typing import Any

from settings.errors import BluetickError
from settings.secrets import resolve

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
# librdkafka's names. The environment variables are KAFKA_ and the name in capitals.
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
COMPRESSION = "BLUETICK_COMPRESSION"
# Every Kafka client reads the first two, and many need a plug-in for the others.
CODECS = ("gzip", "none", "snappy", "lz4", "zstd")
# The next levels need up to twice the processor time of gzip, for about a tenth fewer bytes.
GZIP_LEVEL = 1


class KafkaSettingError(BluetickError):
    """A variable is not valid; the message names the variable, but not its value."""


def variable(name: str) -> str:
    """The environment variable of one of librdkafka's settings."""
    return f"KAFKA_{name.replace('.', '_').upper()}"


def client_config(bootstrap: str) -> dict[str, Any]:
    """librdkafka's settings for the Kafka at `bootstrap`, with security from the environment.

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


def compression_config() -> dict[str, Any]:
    """librdkafka's settings for the compression of records. Raises KafkaSettingError."""
    codec = os.environ.get(COMPRESSION) or CODECS[0]
    if codec not in CODECS:
        raise KafkaSettingError(f"{COMPRESSION} must be one of {', '.join(CODECS)}")
    level = {"compression.level": GZIP_LEVEL} if codec == "gzip" else {}
    return {"compression.type": codec, **level}
