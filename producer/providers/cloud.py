"""Meta's Cloud API, and providers that forward its webhooks as a whole or in parts."""

from __future__ import annotations

from producer.providers.canonical import FLAT_KEYS, field_of
from producer.providers.provider import Json, Provider, unchanged


def recognises(body: Json, configured: bool) -> bool:  # noqa: ARG001
    """Whether this is an envelope or a part of one: an entry, a change or a value."""
    if any(isinstance(body.get(key), dict | list) for key in ("entry", "changes")):
        return True
    if "field" in body and isinstance(body.get("value"), dict):
        return True
    if FLAT_KEYS & body.keys():
        return isinstance(body.get("metadata"), dict)
    return field_of(body) is not None


PROVIDER = Provider(recognises, unchanged, unchanged)
