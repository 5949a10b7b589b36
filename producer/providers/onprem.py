"""The On-Premises API, and providers with the same shape: lists at the top of the body."""

from __future__ import annotations

from producer.providers.flat import flattened, has_lists_at_top
from producer.providers.provider import Json, Provider, unchanged


def recognises(body: Json, configured: bool) -> bool:  # noqa: ARG001
    """Whether there are lists at the top; more special shapes were tried before."""
    return has_lists_at_top(body)


def from_canonical(body: Json) -> Json:
    """The lists of the only change, moved to the top."""
    return flattened(body, "display_phone_number")


PROVIDER = Provider(recognises, unchanged, from_canonical)
