"""Signs POSTs as providers do, from their documentation and not with the receiver's code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from settings.sources import Source
from tests.support import twilio

Headers = dict[str, str]
JSON = "application/json"


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def hmac_sha256(secret: str, covered: bytes) -> bytes:
    return hmac.new(secret.encode(), covered, hashlib.sha256).digest()


def token(claims: dict[str, Any], secret: str, **head: Any) -> str:
    """A JSON Web Token with these claims, signed with HMAC-SHA256."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"} | head, claims)]
    covered = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    made = hmac_sha256(secret, covered.encode())
    return f"{covered}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def vonage(body: bytes, secret: str, at: int, url: str) -> Headers:  # noqa: ARG001
    claims = {
        "iat": at,
        "jti": "c9c1ee2e-0000-4000-8000-000000000000",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "a1b2c3d",
        "application_id": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
    }
    return {"Authorization": f"Bearer {token(claims, secret)}"}


def ycloud(body: bytes, secret: str, at: int, url: str) -> Headers:  # noqa: ARG001
    made = hmac_sha256(secret, f"{at}.".encode() + body).hex()
    return {"YCloud-Signature": f"t={at},s={made}"}


def sinch(body: bytes, secret: str, at: int, url: str) -> Headers:  # noqa: ARG001
    nonce = "01FJA8B4A7BM43YGWSG9GBV067"
    return {
        "x-sinch-webhook-signature": base64_of(
            hmac_sha256(secret, body + f".{nonce}.{at}".encode())
        ),
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": str(at),
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
    }


def bird(body: bytes, secret: str, at: int, url: str) -> Headers:
    covered = f"{at}\n{url}\n".encode() + hashlib.sha256(body).digest()
    return {
        "messagebird-signature": base64_of(hmac_sha256(secret, covered)),
        "messagebird-request-timestamp": str(at),
    }


SIGNERS: dict[str, Callable[[bytes, str, int, str], Headers]] = {
    "vonage": vonage,
    "ycloud": ycloud,
    "sinch": sinch,
    "bird": bird,
}


def proof(source: Source, body: bytes, media_type: str = JSON) -> tuple[str, Headers]:
    """The query to add to the URL, and the headers, of an authentic POST to this source."""
    kind = {"Content-Type": media_type}
    if source.auth == "signature":
        return post(source, body, media_type)
    if source.auth == "hmac":
        made = hmac_sha256(source.app_secrets[0], body).hex()
        return "", kind | {source.signature_header: f"sha256={made}"}
    if source.auth == "header":
        return "", kind | {f"{source.header}": f"{source.token}"}
    pair = base64_of(f"{source.username}:{source.password}".encode())
    return "", kind | {"Authorization": f"Basic {pair}"}


def post(source: Source, body: bytes, media_type: str = JSON) -> tuple[str, Headers]:
    """The same for a source with the provider's own signature."""
    secret = source.app_secrets[0]
    url = source.public_url or ""
    if source.dialect == "twilio":
        return twilio.post(url, body, secret, media_type)
    made = SIGNERS[source.dialect](body, secret, int(time.time()), url)
    return "", {"Content-Type": media_type} | made
