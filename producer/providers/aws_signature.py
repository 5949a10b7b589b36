"""The signature of SNS: RSA over some keys of the body, with a certificate of AWS.

Its documentation: "Verifying the signatures of Amazon SNS messages" and "Subscribing an HTTPS
endpoint to a topic". A signature only shows that SNS sent a message, for whichever customer. So
the topic must be the configured one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from hmac import compare_digest
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from producer.json_text import load
from producer.providers.aws_certificates import FetchedCertificates, certificate, key_at
from producer.providers.provider import Handshake, Post, Signature
from producer.providers.signing import from_base64, in_time
from settings.sources import Source

# SNS sends it with every notification that is signed, but not with "raw message delivery".
HEADER = "x-amz-sns-message-type"
METHODS: dict[str, SHA1 | SHA256] = {"1": SHA1(), "2": SHA256()}
# What is signed, in this order. A subject is signed if there is one.
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": NOTIFICATION,
    "SubscriptionConfirmation": CONFIRMATION,
    "UnsubscribeConfirmation": CONFIRMATION,
}
OPTIONAL = "Subject"
PEM = re.compile(r"/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem")
FETCHED = FetchedCertificates()


def genuine(source: Source, post: Post) -> bool:
    """Whether SNS signed this body for the source's topic, and lately.

    Raises Unreachable if the certificate must be fetched and cannot be.
    """
    body = _object(post)
    covered, method = _covered(body), METHODS.get(str(body.get("SignatureVersion")))
    if covered is None or method is None or not _of_topic(source, body):
        return False
    if not (_timely(source, post, body) and _at_aws(source, body.get("SigningCertURL"), PEM)):
        return False
    signature = from_base64(str(body.get("Signature")))
    return any(_fits(key, signature, covered, method) for key in _keys(source, post, body))


def confirmation(source: Source, post: Post) -> str | None:
    """The address that confirms a subscription to the source's topic; None for other POSTs.

    The POST must be genuine, so that the address is signed.
    """
    if source.topic_arn is None or b"SubscriptionConfirmation" not in post.body:
        return None
    body = _object(post)
    url = body.get("SubscribeURL")
    if body.get("Type") != "SubscriptionConfirmation" or not isinstance(url, str):
        return None
    return url if _at_aws(source, url, re.compile(r"/\?[!-~]+")) else None


def _object(post: Post) -> dict[str, Any]:
    try:
        found = load(post.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _covered(body: dict[str, Any]) -> bytes | None:
    """The signed names and values, a line each; None if one of them is missing."""
    lines: list[str] = []
    for name in SIGNED.get(str(body.get("Type")), ("",)):
        value = body.get(name)
        if value is None and name == OPTIONAL:
            continue
        if not isinstance(value, str):
            return None
        lines += (name, value)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _of_topic(source: Source, body: dict[str, Any]) -> bool:
    wanted, given = source.topic_arn or "", str(body.get("TopicArn"))
    return compare_digest(wanted.encode(), given.encode("utf-8", "replace"))


def _timely(source: Source, post: Post, body: dict[str, Any]) -> bool:
    try:
        sent = datetime.fromisoformat(str(body.get("Timestamp")))
        return sent.tzinfo is not None and in_time(source, post, sent.timestamp())
    except (ValueError, OverflowError):
        return False


def _at_aws(source: Source, url: object, rest: re.Pattern[str]) -> bool:
    """Whether this is an HTTPS address of SNS in the topic's region, with such a path."""
    region = (source.topic_arn or "").split(":")[3]
    place = f"https://sns.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
    text = url if isinstance(url, str) else ""
    return text.startswith(place) and rest.fullmatch(text[len(place) :]) is not None


def _keys(source: Source, post: Post, body: dict[str, Any]) -> Iterator[RSAPublicKey]:
    """The keys that may have signed: of the configured certificates, or else of the named one."""
    if source.certificates:
        found = [certificate(pem.encode()) for pem in source.certificates]
    else:
        found = [FETCHED.at(body["SigningCertURL"])]
    keys = (key_at(one, post.received_at) for one in found)
    yield from (key for key in keys if key is not None)


def _fits(key: RSAPublicKey, signature: bytes, covered: bytes, method: SHA1 | SHA256) -> bool:
    try:
        key.verify(signature, covered, PKCS1v15(), method)
    except InvalidSignature:
        return False
    return True


SIGNATURE = Signature(HEADER, genuine, blocking=True)
HANDSHAKE = Handshake(visit=confirmation)
