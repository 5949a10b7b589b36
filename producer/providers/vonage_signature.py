"""Vonage's signature: a JSON Web Token (HS256) that holds a hash of the body.

Its documentation: "Webhooks", "Decoding signed webhooks" in its guides.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from producer.json_text import load
from producer.providers.provider import Post, Signature
from producer.providers.signing import UNREADABLE, in_time, signed_by_any
from settings.sources import Source

HEADER = "Authorization"
SCHEME = "bearer"
# A token names its method. Another one, such as "none", must never be believed.
METHOD = "HS256"
HASH = "payload_hash"
ISSUED_AT = "iat"


def genuine(source: Source, post: Post) -> bool:
    """Whether one of the source's secrets signed a token for this body, and lately."""
    scheme, _, token = post.headers.get(HEADER.lower(), "").partition(" ")
    covered, _, signature = token.strip().rpartition(".")
    head, _, claims = covered.partition(".")
    signed = signed_by_any(source, covered.encode("utf-8", "replace"), _bytes(signature))
    return (
        signed
        and scheme.lower() == SCHEME
        and _object(head).get("alg") == METHOD
        and _claimed(source, post, _object(claims))
    )


def _claimed(source: Source, post: Post, claims: dict[str, Any]) -> bool:
    """Whether the claims are about this body, and not too old."""
    given, issued = claims.get(HASH), claims.get(ISSUED_AT)
    if not isinstance(given, str) or isinstance(issued, bool):
        return False
    made = sha256(post.body).hexdigest().encode()
    same = compare_digest(made, given.lower().encode("utf-8", "replace"))
    return same and isinstance(issued, int | float) and in_time(source, post, issued)


def _object(part: str) -> dict[str, Any]:
    """The JSON object in a part of a token; empty if there is none."""
    try:
        found = load(_bytes(part))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _bytes(part: str) -> bytes:
    """A part of a token, which is base64 for URLs without padding."""
    try:
        return urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
    except ValueError:
        return UNREADABLE


SIGNATURE = Signature(HEADER, genuine)
