"""Event ids and content hashes.

The id depends only on the fact, so repetitions of the fact have the same id, in any POST or batch.
The hash depends on the whole element, so it shows if two elements about one fact differ.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from producer.json_text import dump
from schemas.content_hash import MASK

NAMESPACE = UUID("5b1a3c52-9f0e-4d52-8f0a-7d1f4f0b6c11")


def event_id(*parts: Any) -> str:
    """The UUID (version 5) of the JSON array of the parts, as text with dashes."""
    name = NAMESPACE.bytes + dump(list(parts))
    text = hashlib.sha1(name, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def content_hash(content: bytes) -> int:
    """The hash of an element's canonical JSON, or of other bytes: 53 bits, never negative."""
    return digest(content) & MASK


def digest(content: bytes) -> int:
    """Signed 64-bit hash, a part of some event_ids. Warehouses have these ids: keep the width."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big", signed=True)
