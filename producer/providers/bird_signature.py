"""Bird's signature: a hash of the time of sending, the public address and a hash of the body.

Its documentation: "Verifying a webhook subscription" of the Notifications API.
"""

from __future__ import annotations

from hashlib import sha256

from producer.providers.provider import Post, Signature
from producer.providers.signing import from_base64, header_bytes, seconds_in_time, signed_by_any
from settings.sources import Source

HEADER = "messagebird-signature"
TIME = "messagebird-request-timestamp"


def genuine(source: Source, post: Post) -> bool:
    """Whether one of the source's secrets signed this POST for its public address, and lately."""
    url = (source.public_url or "") + (f"?{post.query}" if post.query else "")
    covered = b"\n".join(
        (
            header_bytes(post, TIME),
            url.encode("utf-8", "replace"),
            sha256(post.body).digest(),
        )
    )
    signed = signed_by_any(source, covered, from_base64(post.headers.get(HEADER, "")))
    return signed and seconds_in_time(source, post, post.headers.get(TIME, ""))


SIGNATURE = Signature(HEADER, genuine)
