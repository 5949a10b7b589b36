"""Authenticates POSTs, and answers the handshake by which a provider sets up a webhook."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import time
from collections.abc import Mapping
from hmac import compare_digest, digest

from producer.fetching import RETRY_AFTER_SECONDS, Unreachable
from producer.http.errors import Refusal, unavailable
from producer.providers import PROVIDERS, Post, Signature
from settings.dialects import DIALECTS
from settings.sources import SIGNATURE_HEADER, Source

_SIGNATURE = re.compile(r"(?:sha256=)?([0-9a-fA-F]{64})")
_BASE64 = re.compile(r"(?:sha256=)?([0-9a-zA-Z+/]{43}=)")

Headers = Mapping[str, str]  # names in lower case


def check_headers(source: Source, headers: Headers) -> None:
    """Raises Refusal (401) if the headers alone show that the POST is not authentic.

    The body is then not read.
    """
    if source.auth == "hmac":
        _signature(source, headers)
    elif source.auth == "basic":
        _check_basic(source, headers)
    elif source.auth == "header":
        _check_token(source, headers)
    elif source.auth == "signature":
        name = _own_signature(source).header
        if name.lower() not in headers:
            raise Refusal(401, "no_signature", f"{name} is missing: the provider must sign it")


def check_body(
    source: Source,
    headers: Headers,
    body: bytes,
    query: str = "",
    received_at: float | None = None,
) -> None:
    """Raises Refusal: 401 if the signature was made with none of the source's secrets, 503 if it
    cannot be checked at the moment.

    `body` and `query` must be as received: JSON that is parsed and written again has another
    signature. `received_at` is in seconds since 1970, by default now.
    """
    if source.auth == "signature":
        now = time.time() if received_at is None else received_at
        _check_own_signature(source, Post(headers, query, body, now))
    elif source.auth == "hmac":
        _check_hash(source, headers, body)


def _check_hash(source: Source, headers: Headers, body: bytes) -> None:
    signature = _signature(source, headers)
    genuine = False
    for secret in source.app_secrets:  # check all, also after a match, to take constant time
        made = digest(secret.encode(), body, hashlib.sha256)
        genuine |= compare_digest(made, signature)
    if not genuine:
        raise Refusal(
            401,
            "wrong_signature",
            f"{source.signature_header} does not match any of the source's app_secrets: check the "
            "app secret, and that no proxy changes the body",
        )


def waits(source: Source) -> bool:
    """Whether check_body may wait for the network, so that it must run in a thread."""
    return source.auth == "signature" and _own_signature(source).blocking


def verify_handshake(source: Source, query: Mapping[str, str]) -> str:
    """Returns the challenge to send back to a subscription request.

    Raises Refusal: 403 if the token or mode is wrong, 400 if there is no challenge.
    """
    if source.verify_token is None:
        raise Refusal(
            403, "no_verify_token", "set verify_token for this source in the configuration"
        )
    token = query.get("hub.verify_token", "")
    fits = compare_digest(token.encode(), source.verify_token.encode())
    if not fits or query.get("hub.mode") != "subscribe":
        raise Refusal(
            403,
            "verification_failed",
            "hub.mode must be subscribe, and hub.verify_token must be the source's verify_token",
        )
    challenge = query.get("hub.challenge")
    if not challenge:
        raise Refusal(400, "no_challenge", "hub.challenge is missing")
    return challenge


def _signature(source: Source, headers: Headers) -> bytes:
    name = source.signature_header
    header = headers.get(name.lower())
    if header is None:
        raise Refusal(401, "no_signature", f"{name} is missing: sign the body with the app secret")
    if match := _SIGNATURE.fullmatch(header):
        # Meta always names the method; others may not.
        if name != SIGNATURE_HEADER or header.startswith("sha256="):
            return bytes.fromhex(match[1])
    elif name != SIGNATURE_HEADER and (match := _BASE64.fullmatch(header)):
        return base64.b64decode(match[1])
    others = "" if name == SIGNATURE_HEADER else ", or 44 characters in base64"
    raise Refusal(401, "bad_signature", f"{name} must be sha256= and 64 hexadecimal digits{others}")


def _own_signature(source: Source) -> Signature:
    """The provider's own signature; a source without one cannot be configured."""
    signature = PROVIDERS[source.dialect].signature
    assert signature is not None
    return signature


def _check_own_signature(source: Source, post: Post) -> None:
    signature = _own_signature(source)
    try:
        genuine = signature.genuine(source, post)
    except Unreachable:
        raise unavailable(
            "signature_not_checked",
            "the certificate of the signature cannot be fetched at the moment: send it again",
            RETRY_AFTER_SECONDS,
        ) from None
    if not genuine:
        keys = " and ".join(DIALECTS[source.dialect].signature_needs or ())
        raise Refusal(
            401,
            "wrong_signature",
            f"{signature.header} does not match: check the source's {keys}, that no proxy changes "
            f"the query or the body, and that the POST is no older than {source.max_age_seconds:g} "
            "seconds",
        )


def _check_basic(source: Source, headers: Headers) -> None:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        given = b""
    wanted = f"{source.username}:{source.password}".encode()
    if not compare_digest(given, wanted) or scheme.lower() != "basic":
        raise Refusal(
            401,
            "wrong_credentials",
            "send the source's username and password by HTTP Basic authentication",
        )


def _check_token(source: Source, headers: Headers) -> None:
    name = source.header or ""
    given = headers.get(name.lower(), "").encode("latin-1")  # the bytes as sent
    if not compare_digest(given, (source.token or "").encode()):
        raise Refusal(401, "wrong_token", f"the header {name} must contain the source's token")
