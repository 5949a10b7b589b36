"""Twilio's signature: a hash of the public address and of a form's parameters.

Its documentation: "Secure webhooks" and "Sign webhooks with shared keys".
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from hmac import compare_digest, digest
from urllib.parse import parse_qs, urlsplit

from producer.form import ESCAPE, fields
from producer.providers.provider import Post, Signature
from settings.sources import Source

HEADER = "X-Twilio-Signature"
# Names another hash than SHA-1, if an account signs with shared keys.
SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"
# The parameter of the query with the hash of a body that is not a form.
BODY_HASH = "bodySHA256"


def genuine(source: Source, post: Post) -> bool:
    """Whether one of the source's secrets signed this POST for its public address."""
    covered = _covered(post)
    if covered is None:
        return False
    rest = (f"?{post.query}" if post.query else "").encode("latin-1", "replace") + covered
    given = post.headers.get(HEADER.lower(), "").encode("utf-8", "replace")
    sha256 = "algorithm=HMAC_SHA256" in post.headers.get(SETTINGS_HEADER, "")
    found = False
    for secret in source.app_secrets:  # check all, also after a match, to take constant time
        for url in _spellings(source.public_url or ""):
            method = hashlib.sha256 if sha256 else hashlib.sha1
            made = digest(secret.encode(), url.encode() + rest, method)
            found |= compare_digest(b64encode(made), given)
    return found


def _covered(post: Post) -> bytes | None:
    """What is signed after the address; None if the body does not have the hash in the query."""
    hashes = parse_qs(post.query).get(BODY_HASH)
    if hashes is None:
        return _parameters(post.body)
    made = hashlib.sha256(post.body).hexdigest()
    return b"" if compare_digest(made.encode(), hashes[0].lower().encode()) else None


def _parameters(body: bytes) -> bytes | None:
    """The names and values of a form, sorted and without anything between them."""
    found = fields(body)
    if found is None:
        return None
    # A pair that is repeated is signed once.
    return "".join(name + value for name, value in sorted(set(found))).encode("utf-8", ESCAPE)


def _spellings(url: str) -> tuple[str, ...]:
    """The address as configured, without a port, and with its standard port."""
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    standard = 443 if parts.scheme == "https" else 80
    places = (parts.netloc, host, f"{host}:{standard}")
    return tuple(parts._replace(netloc=place).geturl() for place in places)


SIGNATURE = Signature(HEADER, genuine, timed=False)
