"""The On-Premises API, and providers that post its shape: lists at the top of the body."""

from __future__ import annotations

from producer.providers.flat import flattened, has_lists_at_top
from producer.providers.provider import Json, Provider


def recognises(body: Json, configured: bool) -> bool:  # noqa: ARG001
    """Lists at the top and nothing else to go by."""
    return has_lists_at_top(body)


def to_canonical(body: Json) -> Json:
    """Lists at the top are part of the canonical shape."""
    return body


def from_canonical(body: Json) -> Json:
    """The lists of the only change at the top."""
    return flattened(body, "display_phone_number")


PROVIDER = Provider(recognises, to_canonical, from_canonical)
