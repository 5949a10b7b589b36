"""What the signatures of several providers have in common: secrets, times and comparison."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest, digest

from producer.providers.provider import Post
from settings.sources import Source

# How far the provider's clock may be ahead of this one.
AHEAD_SECONDS = 300
SECONDS = re.compile(r"[0-9]{1,12}")
# A digest of another length never fits, so this stands for one that cannot be read.
UNREADABLE = b""


def signed_by_any(source: Source, covered: bytes, given: bytes) -> bool:
    """Whether the HMAC-SHA256 of these bytes with one of the source's secrets is the given one.

    Checks all secrets, also after a match, to take constant time.
    """
    found = False
    for secret in source.app_secrets:
        found |= compare_digest(digest(secret.encode(), covered, sha256), given)
    return found


def in_time(source: Source, post: Post, signed_at: float) -> bool:
    """Whether a signature made at this time, in seconds since 1970, is accepted."""
    age = post.received_at - signed_at
    return -AHEAD_SECONDS <= age <= source.max_age_seconds


def seconds_in_time(source: Source, post: Post, text: str) -> bool:
    """As in_time, for the digits of a Unix time in seconds."""
    return SECONDS.fullmatch(text) is not None and in_time(source, post, int(text))


def from_base64(text: str) -> bytes:
    """The bytes that a text in base64 stands for; UNREADABLE if it is not valid."""
    return _decoded(lambda: b64decode(text.encode("ascii"), validate=True))


def from_hex(text: str) -> bytes:
    """The bytes that hexadecimal digits stand for; UNREADABLE if they are not valid."""
    return _decoded(lambda: bytes.fromhex(text))


def header_bytes(post: Post, name: str) -> bytes:
    """A header as sent; empty if it is missing."""
    return post.headers.get(name, "").encode("latin-1", "replace")


def _decoded(decode: Callable[[], bytes]) -> bytes:
    try:
        return decode()
    except (ValueError, Error):
        return UNREADABLE
