"""One file for each provider: how its bodies are recognised, read and written back.

The registry is `settings/dialects.py`. Nothing here depends on the normaliser.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from producer.providers.provider import Handshake, Json, Post, Provider, Signature
from settings.dialects import AUTO, DIALECTS

__all__ = [
    "PROVIDERS",
    "Handshake",
    "Json",
    "Post",
    "Provider",
    "Signature",
    "decoded",
    "handshakes",
    "recognised",
]


def _load(name: str) -> Provider:
    provider = import_module(f"{__name__}.{name}").PROVIDER
    assert isinstance(provider, Provider)
    return provider


PROVIDERS: dict[str, Provider] = {name: _load(name) for name in DIALECTS}


def recognised(body: Json, configured: str) -> str | None:
    """The dialect of a body: the first one, in the registry's order, that recognises it.

    `configured` is the source's dialect; it decides only between shapes that look alike.
    """
    for name, provider in PROVIDERS.items():
        if provider.recognises(body, name == configured):
            return name
    return None


def decoded(body: bytes) -> Json | None:
    """The object in a body that is not JSON; None if no provider sends such bodies."""
    for provider in PROVIDERS.values():
        if provider.decode and (found := provider.decode(body)) is not None:
            return found
    return None


def handshakes(configured: str) -> Iterator[Handshake]:
    """The handshakes that a source with this dialect answers."""
    for name, provider in PROVIDERS.items():
        if provider.handshake and configured in (name, AUTO):
            yield provider.handshake
