"""Signs POSTs as Twilio does, from its documentation and not with the receiver's code."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qs

FORM = "application/x-www-form-urlencoded"


def signature(url: str, body: bytes | None, secret: str, method: str = "sha1") -> str:
    """The signature of a form posted to this URL; without a body, of the URL alone."""
    values = parse_qs(body.decode(), keep_blank_values=True) if body else {}
    text = url + "".join(name + value for name in sorted(values) for value in values[name])
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), method)).decode()


def post(url: str, body: bytes, secret: str, media_type: str = FORM) -> tuple[str, dict[str, str]]:
    """The query to add to the URL, and the headers, of an authentic POST of a form or of JSON."""
    if media_type == FORM:
        query, made = "", signature(url, body, secret)
    else:
        query = f"?bodySHA256={hashlib.sha256(body).hexdigest()}"
        made = signature(url + query, None, secret)
    return query, {"Content-Type": media_type, "X-Twilio-Signature": made}
