"""YCloud's signature: a hash of the time of sending and the body.

Its documentation: "Webhook Integration Guide" in its reference.
"""

from __future__ import annotations

import re

from producer.providers.provider import Post, Signature
from producer.providers.signing import from_hex, seconds_in_time, signed_by_any
from settings.sources import Source

HEADER = "YCloud-Signature"
PARTS = re.compile(r"\s*t=([0-9]{1,12})\s*,\s*s=([0-9a-fA-F]{64})\s*")


def genuine(source: Source, post: Post) -> bool:
    """Whether one of the source's secrets signed this body, and lately."""
    match = PARTS.fullmatch(post.headers.get(HEADER.lower(), ""))
    if match is None:
        return False
    time, signature = match.groups()
    signed = signed_by_any(source, f"{time}.".encode() + post.body, from_hex(signature))
    return signed and seconds_in_time(source, post, time)


SIGNATURE = Signature(HEADER, genuine)
