"""Signatures with a time: right, wrong, missing, too old, of another body, behind a proxy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.http.auth import check_body, check_headers
from producer.http.errors import Refusal
from producer.providers import PROVIDERS, Post
from settings.dialects import DIALECTS
from settings.sources import Source
from tests.support.signatures import SIGNERS, token, vonage

NOW = 1_785_000_000
URL = "https://hooks.example.com/bluetick/webhooks/mine"
SECRET, OLD_SECRET = "a-secret-of-this-webhook", "the-secret-before-that"
BODY = '{"to":"15557770001","text":"é \\n"}'.encode()
DAY = 86_400
every = pytest.mark.parametrize("dialect", sorted(SIGNERS))


def source_of(dialect: str, **keys: object) -> Source:
    needs = DIALECTS[dialect].signature_needs or ()
    table = {"app_secrets": (OLD_SECRET, SECRET)}
    table |= {"public_url": URL} if "public_url" in needs else {}
    return Source.model_validate(
        {"name": "mine", "dialect": dialect, "auth": "signature"} | table | keys
    )


def signed(
    dialect: str, body: bytes = BODY, secret: str = SECRET, at: int = NOW, url: str = URL
) -> dict[str, str]:
    return SIGNERS[dialect](body, secret, at, url)


def refusal_of(
    source: Source, headers: Mapping[str, str], body: bytes, query: str, now: float
) -> Refusal | None:
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        check_headers(source, lower)
        check_body(source, lower, body, query, now)
    except Refusal as refusal:
        return refusal
    return None


def code_of(
    dialect: str,
    headers: Mapping[str, str],
    body: bytes = BODY,
    query: str = "",
    now: float = NOW,
    **keys: object,
) -> str | None:
    """The code of the refusal; None if the POST is authentic."""
    found = refusal_of(source_of(dialect, **keys), headers, body, query, now)
    return found.code if found else None


@every
@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
@pytest.mark.parametrize("body", [BODY, b"", b"\xff\x00", b"x" * 100_000])
def test_each_secret_signs_any_body(dialect: str, secret: str, body: bytes) -> None:
    assert code_of(dialect, signed(dialect, body, secret), body) is None


@every
def test_another_secret_or_body_does_not_fit(dialect: str) -> None:
    assert code_of(dialect, signed(dialect, secret="somebody-else")) == "wrong_signature"
    for altered in (BODY + b" ", BODY[:-1], BODY.replace(b"15557770001", b"15557770002"), b""):
        assert code_of(dialect, signed(dialect), altered) == "wrong_signature"


@every
def test_without_the_header_the_body_is_not_read(dialect: str) -> None:
    with pytest.raises(Refusal) as found:
        check_headers(source_of(dialect), {"x-hub-signature-256": "sha256=" + "0" * 64})
    assert (found.value.status, found.value.code) == (401, "no_signature")


@every
def test_each_header_is_needed_and_covered(dialect: str) -> None:
    right = signed(dialect)
    for name in right.keys() - {"x-sinch-webhook-signature-algorithm"}:
        left = {other: value for other, value in right.items() if other != name}
        assert code_of(dialect, left) in ("no_signature", "wrong_signature")
    for name, value in right.items():
        for other in ("", "é", value[:-2], value + "A", value[::-1], "0" * 10_000):
            assert code_of(dialect, right | {name: other}) == "wrong_signature", (name, other)


@every
def test_a_post_is_accepted_again_for_a_day(dialect: str) -> None:
    """Providers repeat a POST, and some repeat its signature; a repeated event lands once."""
    right = signed(dialect)
    for later in (0, 0, 3600, DAY):
        assert code_of(dialect, right, now=NOW + later) is None
    assert code_of(dialect, right, now=NOW + DAY + 1) == "wrong_signature"
    assert code_of(dialect, right, now=NOW + 61, max_age_seconds=60) == "wrong_signature"
    assert code_of(dialect, right, now=NOW + 60, max_age_seconds=60) is None


@every
def test_the_providers_clock_may_be_a_little_ahead(dialect: str) -> None:
    assert code_of(dialect, signed(dialect, at=NOW + 300)) is None
    assert code_of(dialect, signed(dialect, at=NOW + 301)) == "wrong_signature"


@every
def test_the_time_cannot_be_replaced(dialect: str) -> None:
    """A signature of yesterday with the time of today is not genuine."""
    old, new = signed(dialect, at=NOW - 2 * DAY), signed(dialect)
    for name in old:
        mixed = old | {name: new[name]}
        assert code_of(dialect, mixed) == ("wrong_signature" if mixed != new else None)


@every
def test_no_refusal_repeats_a_secret_or_what_was_sent(dialect: str) -> None:
    headers = signed(dialect, secret="somebody-else")
    refusal = refusal_of(source_of(dialect), headers, BODY, "campaign=spring", NOW)
    assert refusal
    assert refusal.status == 401
    for said in (SECRET, OLD_SECRET, "15557770001", "spring", *headers.values()):
        assert said not in refusal.message


@every
@given(st.text(max_size=80), st.binary(max_size=40), st.text(max_size=40))
def test_nothing_raises(dialect: str, header: str, body: bytes, query: str) -> None:
    genuine = PROVIDERS[dialect].signature
    assert genuine
    for form in (header, f"t={header},s={header}", f"Bearer {header}.{header}.{header}"):
        headers = dict.fromkeys((name.lower() for name in signed(dialect)), form)
        assert not genuine.genuine(source_of(dialect), Post(headers, query, body, NOW))


def test_the_address_behind_a_proxy_is_signed_with_its_query() -> None:
    """The configured address counts, not the one that was called; its query is the sent one."""
    assert code_of("bird", signed("bird", url=f"{URL}?a=b%20c"), query="a=b%20c") is None
    for query in ("", "a=b+c", "a=b%20c&d=1"):
        assert code_of("bird", signed("bird", url=f"{URL}?a=b%20c"), query=query) is not None
    for other in (URL.replace("https", "http"), URL + "/", "http://10.0.0.5:8000/webhooks/mine"):
        assert code_of("bird", signed("bird", url=other)) == "wrong_signature"


def test_the_documented_example_of_sinch() -> None:
    """The one of the documentation, which the tests of Sinch's libraries repeat."""
    body = (
        b'{"app_id":"","accepted_time":"2021-10-18T17:49:13.813615Z",'
        b'"project_id":"e2df3a34-a71b-4448-9db5-a8d2baad28e4","contact_create_notification":'
        b'{"contact":{"id":"01FJA8B466Y0R2GNXD78MD9SM1","channel_identities":[{"channel":"SMS",'
        b'"identity":"48123456789","app_id":""}],"display_name":"New Test Contact",'
        b'"email":"new.contact@email.com","external_id":"","metadata":"","language":"EN_US"}},'
        b'"message_metadata":""}'
    )
    headers = {
        "x-sinch-webhook-signature": "6bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE=",
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        "x-sinch-webhook-signature-nonce": "01FJA8B4A7BM43YGWSG9GBV067",
        "x-sinch-webhook-signature-timestamp": "1634579353",
    }
    found = code_of("sinch", headers, body, now=1634579353, app_secrets=("foo_secret1234",))
    assert found is None
    assert code_of("sinch", headers, body, app_secrets=("foo_secret1234",)) == "wrong_signature"
    other = headers | {"x-sinch-webhook-signature-algorithm": "HmacMD5"}
    assert code_of("sinch", other, body, now=1634579353) == "wrong_signature"


@pytest.mark.parametrize("algorithm", ["none", "HS512", "RS256", "", None, {}])
def test_a_token_cannot_choose_its_algorithm(algorithm: object) -> None:
    claims = {"iat": NOW, "payload_hash": hashlib.sha256(BODY).hexdigest()}
    for made in (
        token(claims, SECRET, alg=algorithm),
        token(claims, "", alg=algorithm),
        token(claims, SECRET, alg=algorithm).rpartition(".")[0] + ".",
    ):
        assert code_of("vonage", {"Authorization": f"Bearer {made}"}) == "wrong_signature"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"iat": NOW},
        {"payload_hash": hashlib.sha256(BODY).hexdigest()},
        {"iat": str(NOW), "payload_hash": hashlib.sha256(BODY).hexdigest()},
        {"iat": True, "payload_hash": hashlib.sha256(BODY).hexdigest()},
        {"iat": NOW, "payload_hash": None},
        {"iat": NOW, "payload_hash": "é"},
    ],
)
def test_a_token_must_be_about_the_body_and_have_a_time(claims: dict[str, object]) -> None:
    made = f"Bearer {token(claims, SECRET)}"
    assert code_of("vonage", {"Authorization": made}) == "wrong_signature"


def test_the_scheme_of_the_token_is_read_in_any_case() -> None:
    made = vonage(BODY, SECRET, NOW, URL)["Authorization"].removeprefix("Bearer ")
    assert code_of("vonage", {"Authorization": f"bearer {made}"}) is None
    assert code_of("vonage", {"Authorization": f"Basic {made}"}) == "wrong_signature"
