"""Limits of the receiver: sizes, counts and times."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from settings.errors import ConfigError

MIB = 1024 * 1024
ZERO = {"zero": True}  # of limits that may be 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one receiver. Environment variables: `BLUETICK_` and the name in capitals.

    Bytes are bytes of bodies, which use a few times as much in memory.
    """

    max_body_bytes: int = 4 * MIB
    max_reading_bytes: int = 32 * MIB  # of all bodies being read, beyond the first 64 KiB of each
    max_reading_bytes_per_address: int = 8 * MIB  # of these, for one client
    max_publishing_bytes: int = 32 * MIB  # of all bodies waiting for the broker
    max_publishing_posts: int = 1000
    max_queue_bytes: int = 128 * MIB  # of encoded records the Kafka client may hold
    max_record_bytes: int = 8_000_000  # below the topics' max.message.bytes
    max_connections: int = 2000
    max_connections_per_address: int = 500
    body_seconds: float = 10.0  # to send one whole body
    request_seconds: float = 20.0  # to send one whole request, headers included
    delivery_seconds: float = 10.0  # to wait for an acknowledgement
    probe_seconds: float = 1.0  # between two checks of the broker
    probe_timeout_seconds: float = 3.0  # for the broker to answer a check
    retry_after_seconds: int = 5
    drain_seconds: float = field(default=5.0, metadata=ZERO)  # from SIGTERM on, as "not ready"
    linger_ms: int = 1

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not 0 < value < math.inf and not (value == 0 and each.metadata == ZERO):
                raise ConfigError(f"{variable(each.name)} must be a number above 0")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Limits from the environment, or defaults. Raises ConfigError with the variable's name."""
        chosen: dict[str, float] = {}
        for each in fields(cls):
            text = environment.get(variable(each.name))
            if text:
                kind = float if each.type == "float" else int
                try:
                    chosen[each.name] = kind(text)
                except ValueError:
                    raise ConfigError(
                        f"{variable(each.name)} is not a valid {kind.__name__}"
                    ) from None
        return cls(**chosen)  # type: ignore[arg-type]  # kinds checked above


def variable(name: str) -> str:
    """The environment variable of the limit `name`."""
    return f"BLUETICK_{name.upper()}"
