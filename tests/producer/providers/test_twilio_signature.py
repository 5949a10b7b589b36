"""Twilio's signature: the examples of its own libraries, and every way in which one is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.http.auth import check_body, check_headers
from producer.http.errors import Refusal
from producer.providers import Post
from producer.providers.twilio_signature import genuine
from settings.sources import Source
from tests.support.receiver import CONFIG, OLD_SECRET, PUBLIC_URL, SECRET
from tests.support.twilio import FORM, post, signature

SOURCE = CONFIG.sources["twilio"]
BODY = b"MessageSid=SM1&Body=a+b%26c&From=whatsapp%3A%2B15557770001&Empty="
JSON = b'{"MessageSid":"SM1"}'
# The example of the documentation, and those of the tests of Twilio's libraries.
EXAMPLE = Source(
    name="example",
    dialect="twilio",
    auth="signature",
    app_secrets=("12345",),
    public_url="https://mycompany.com/myapp.php",
)
QUERY = "foo=1&bar=2"
PARAMETERS = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
BODY_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


def code_of(
    headers: Mapping[str, str], body: bytes = BODY, query: str = "", source: Source = SOURCE
) -> str | None:
    """The code of the refusal; None if the POST is authentic."""
    found = refusal_of(headers, body, query, source)
    return found.code if found else None


def refusal_of(
    headers: Mapping[str, str], body: bytes, query: str, source: Source
) -> Refusal | None:
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        check_headers(source, lower)
        check_body(source, lower, body, query)
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize(
    "signed",
    [
        "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        "kvajT1Ptam85bY51eRf/AJRuM3w=",  # of the address with its port, 443
    ],
)
def test_the_documented_example(signed: str) -> None:
    body = urlencode(PARAMETERS).encode()
    assert code_of({"X-Twilio-Signature": signed}, body, QUERY, EXAMPLE) is None


def test_the_documented_example_with_another_port() -> None:
    source = EXAMPLE.model_copy(update={"public_url": "https://mycompany.com:1234/myapp.php"})
    signed = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert code_of(signed, urlencode(PARAMETERS).encode(), QUERY, source) is None


def test_the_documented_example_with_a_repeated_parameter() -> None:
    body = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234"
    signed = {"X-Twilio-Signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU="}
    assert code_of(signed, body, QUERY, EXAMPLE) is None


def test_the_documented_example_of_a_body_that_is_not_a_form() -> None:
    body = b'{"property": "value", "boolean": true}'
    query = f"{QUERY}&bodySHA256={BODY_HASH}"
    signed = {"X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4="}
    assert code_of(signed, body, query, EXAMPLE) is None
    assert code_of(signed, body + b" ", query, EXAMPLE) == "wrong_signature"
    assert code_of(signed, body, QUERY, EXAMPLE) == "wrong_signature"


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
@pytest.mark.parametrize(("body", "kind"), [(BODY, FORM), (JSON, "application/json")])
def test_each_secret_signs(secret: str, body: bytes, kind: str) -> None:
    query, headers = post(PUBLIC_URL, body, secret, kind)
    assert code_of(headers, body, query[1:]) is None
    # The provider may send it again.
    assert code_of(headers, body, query[1:]) is None


@given(st.dictionaries(st.from_regex("[A-Za-z]{1,9}", fullmatch=True), st.text(max_size=9)))
def test_any_parameters(parameters: dict[str, str]) -> None:
    body = urlencode({"Sid": "1"} | parameters, errors="replace").encode()
    _, headers = post(PUBLIC_URL, body, SECRET)
    assert code_of(headers, body) is None
    assert code_of(headers, body + b"&Sid=2") == "wrong_signature"


def test_what_is_wrong() -> None:
    _, right = post(PUBLIC_URL, BODY, SECRET)
    assert code_of(post(PUBLIC_URL, BODY, "somebody-else")[1]) == "wrong_signature"
    assert code_of({}) == "no_signature"
    assert code_of({"X-Hub-Signature-256": "sha256=" + "0" * 64}) == "no_signature"
    for other in ("", "é", "a" * 10_000, right["X-Twilio-Signature"] + "="):
        assert code_of({"X-Twilio-Signature": other}) == "wrong_signature"
    for altered in (BODY.replace(b"SM1", b"SM2"), BODY + b"&More=1", b"", JSON, b"\xff=1"):
        assert code_of(right, altered) == "wrong_signature"
    assert code_of(right, BODY, "campaign=1") == "wrong_signature"


def test_no_refusal_repeats_a_secret_or_what_was_sent() -> None:
    for headers in (post(PUBLIC_URL, BODY, "somebody-else")[1], {}):
        refusal = refusal_of(headers, BODY, "campaign=spring", SOURCE)
        assert refusal
        assert refusal.status == 401
        for said in (SECRET, OLD_SECRET, "15557770001", "spring", *headers.values()):
            assert said not in refusal.message


def test_the_query_is_signed_too() -> None:
    made = signature(f"{PUBLIC_URL}?campaign=a%20b", BODY, SECRET)
    assert code_of({"X-Twilio-Signature": made}, query="campaign=a%20b") is None
    for other in ("", "campaign=a+b", "campaign=a%20b&x=1", "campaign=\xff"):
        assert code_of({"X-Twilio-Signature": made}, query=other) == "wrong_signature"


@pytest.mark.parametrize(
    "url", [PUBLIC_URL.replace("https", "http"), PUBLIC_URL + "/", "https://x"]
)
def test_another_address_does_not_fit(url: str) -> None:
    """Behind a proxy, the configured address counts, not the one that was called."""
    assert code_of(post(url, BODY, SECRET)[1]) == "wrong_signature"


def test_the_order_of_parameters_does_not_matter() -> None:
    turned = b"&".join(reversed(BODY.split(b"&")))
    assert code_of(post(PUBLIC_URL, turned, SECRET)[1]) is None


def test_a_shared_key_signs_with_another_hash() -> None:
    settings = {"X-Twilio-Webhooks-Signature-Settings": "key=k1,algorithm=HMAC_SHA256"}
    made = {"X-Twilio-Signature": signature(PUBLIC_URL, BODY, SECRET, "sha256")}
    assert code_of(made | settings) is None
    assert code_of(made) == "wrong_signature"
    assert code_of(post(PUBLIC_URL, BODY, SECRET)[1] | settings) == "wrong_signature"


@given(st.text(), st.text(max_size=60), st.binary(max_size=60))
def test_nothing_raises(header: str, query: str, body: bytes) -> None:
    assert not genuine(SOURCE, Post({"x-twilio-signature": header}, query, body, 0))
    assert not genuine(SOURCE, Post({}, f"bodySHA256={query}", body, 0))
