"""Each documented provider: right, wrong and missing proof, again, of another body, by a proxy.

What is special about single signatures is in `test_signatures.py`, `test_twilio_signature.py` and
`test_aws_signature.py`.
"""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from producer.http.auth import check_body, check_headers
from producer.http.errors import Refusal
from producer.normalise import normalise
from producer.providers import PROVIDERS
from settings.sources import Source
from tests.support import sns
from tests.support.fixtures import MEDIA_TYPES, Fixture, load
from tests.support.seeds import seed_sources
from tests.support.signatures import Headers, base64_of, hmac_sha256, proof

SIGNER = sns.pair(sns.HOST)
SNS = "aws with a signature"
TABLES: dict[str, dict[str, Any]] = {
    "meta": {"dialect": "cloud", "auth": "hmac", "app_secrets": ["meta-secret"]},
    SNS: {
        "dialect": "aws",
        "auth": "signature",
        "topic_arn": sns.TOPIC,
        "certificates": [SIGNER.pem],
    },
    **seed_sources(),
}
FOLDERS = {"meta": "cloud", SNS: "aws"}
# A proxy adds its own headers, and calls the receiver by another address.
BY_A_PROXY = {
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "internal:8000",
    "forwarded": "for=203.0.113.7;proto=http;host=internal:8000",
    "host": "internal:8000",
    "via": "1.1 proxy",
}
every = pytest.mark.parametrize("name", TABLES)


def source_of(name: str, **keys: object) -> Source:
    return Source.model_validate({"name": "mine", **TABLES[name], **keys})


def fixture_of(name: str) -> Fixture:
    """A payload of the provider with a status or a message."""
    folder = FOLDERS.get(name, name)
    wanted = (MEDIA_TYPES[".form"],) if folder == "twilio" else (MEDIA_TYPES[".json"],)
    return next(
        fixture
        for fixture in load()
        if fixture.dialect == folder
        and fixture.media_type in wanted
        and any(event["topic"] in ("statuses", "messages") for event in fixture.events)
    )


def posted(name: str, source: Source) -> tuple[bytes, str, Headers]:
    """The body, query and headers of an authentic POST."""
    fixture = fixture_of(name)
    if name != SNS:
        query, headers = proof(source, fixture.body, fixture.media_type)
        return fixture.body, query.removeprefix("?"), headers
    message = sns.notification(fixture.body.decode(), time.time())
    return sns.encoded(sns.signed(message, SIGNER)), "", {"x-amz-sns-message-type": "Notification"}


def code_of(
    source: Source, body: bytes, query: str, headers: Headers, later: float = 0
) -> str | None:
    """The code of the refusal; None if the POST is authentic."""
    lower = httpx.Headers(headers)  # names in any letter case, as in the receiver
    try:
        check_headers(source, lower)
        check_body(source, lower, body, query, time.time() + later)
    except Refusal as refusal:
        return refusal.code if refusal.status == 401 else f"{refusal.status}"
    return None


def other_secrets(name: str) -> Source:
    """The source with other secrets than those with which its provider proves itself."""
    table = TABLES[name]
    if name == SNS:
        return source_of(name, certificates=[sns.pair(sns.HOST).pem])
    secrets = {"token": "other", "password": "other", "app_secrets": ["other"]}
    return source_of(name, **{key: secrets[key] for key in secrets if key in table})


@every
def test_right(name: str) -> None:
    source = source_of(name)
    assert code_of(source, *posted(name, source)) is None


@every
def test_wrong(name: str) -> None:
    code = code_of(other_secrets(name), *posted(name, source_of(name)))
    assert code in ("wrong_signature", "wrong_token", "wrong_credentials")


@every
def test_missing(name: str) -> None:
    source = source_of(name)
    body, query, _ = posted(name, source)
    assert code_of(source, body, query, {}) in ("no_signature", "wrong_token", "wrong_credentials")


@every
def test_another_body(name: str) -> None:
    """A signature covers the body. A header or a password says only who posts."""
    source = source_of(name)
    body, query, headers = posted(name, source)
    altered = body.replace(b"1", b"2", 1) if source.dialect == "twilio" else body + b" "
    if name == SNS:  # what is signed are values in the body
        altered = body.replace(b'"Message": "', b'"Message": " ')
    covered = source.auth in ("hmac", "signature")
    assert code_of(source, altered, query, headers) == ("wrong_signature" if covered else None)


@every
def test_again(name: str) -> None:
    """The same POST is accepted again, as providers repeat it, and makes the same rows. With a time
    in its signature, it is refused when it is too old."""
    source = source_of(name)
    body, query, headers = posted(name, source)
    signature = PROVIDERS[source.dialect].signature if source.auth == "signature" else None
    old = "wrong_signature" if signature and signature.timed else None
    assert code_of(source, body, query, headers, later=3600) is None
    assert code_of(source, body, query, headers, later=2 * source.max_age_seconds) == old
    first, again = (
        normalise(
            body,
            source="mine",
            dialect=source.dialect,
            business_number=source.business_number,
            received_at=received_at,
        )
        for received_at in (1_790_000_000_000_000, 1_790_000_900_000_000)
    )
    ids = [event.record["event_id"] for event in first]
    assert ids
    assert ids == [event.record["event_id"] for event in again]


@every
def test_behind_a_proxy(name: str) -> None:
    """The headers that a proxy adds change nothing; they could be anybody's."""
    source = source_of(name)
    body, query, headers = posted(name, source)
    assert code_of(source, body, query, headers | BY_A_PROXY) is None
    if source.public_url:
        elsewhere = source.model_copy(update={"public_url": "http://internal:8000/webhooks/mine"})
        assert code_of(elsewhere, body, query, headers | BY_A_PROXY) == "wrong_signature"


@pytest.mark.parametrize("name", ["infobip", "d360"])
def test_an_hmac_of_the_body_in_any_header_and_spelling(name: str) -> None:
    """For providers whose documentation does not say how they write it."""
    body = fixture_of(name).body
    keys = {"auth": "hmac", "app_secrets": ["old", "new"], "signature_header": "X-Signature"}
    source = Source.model_validate({"name": "mine", "dialect": TABLES[name]["dialect"], **keys})
    made = hmac_sha256("new", body)
    for written in (made.hex(), made.hex().upper(), f"sha256={made.hex()}", base64_of(made)):
        assert code_of(source, body, "", {"X-Signature": written}) is None
        assert code_of(source, body + b" ", "", {"X-Signature": written}) == "wrong_signature"
    for odd in ("", base64_of(made)[:-1], base64_of(made) + "=", base64_of(made[:-1]), "sha1=00"):
        assert code_of(source, body, "", {"X-Signature": odd}) == "bad_signature"
