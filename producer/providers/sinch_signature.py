"""Sinch's signature: a hash of the body, a number used once and the time of sending.

Its documentation: "Conversation API callbacks", "Validating callbacks" in its reference.
"""

from __future__ import annotations

from producer.providers.provider import Post, Signature
from producer.providers.signing import from_base64, header_bytes, seconds_in_time, signed_by_any
from settings.sources import Source

HEADER = "x-sinch-webhook-signature"
NONCE = f"{HEADER}-nonce"
TIME = f"{HEADER}-timestamp"
ALGORITHM = f"{HEADER}-algorithm"
METHOD = "HmacSHA256"  # the documented one; a POST need not name it


def genuine(source: Source, post: Post) -> bool:
    """Whether one of the source's secrets signed this body, and lately."""
    if post.headers.get(ALGORITHM, METHOD) != METHOD:
        return False
    covered = b".".join((post.body, header_bytes(post, NONCE), header_bytes(post, TIME)))
    signed = signed_by_any(source, covered, from_base64(post.headers.get(HEADER, "")))
    return signed and seconds_in_time(source, post, post.headers.get(TIME, ""))


SIGNATURE = Signature(HEADER, genuine)
