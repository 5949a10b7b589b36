"""Authentication, decided from headers and raw bytes only."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.http.auth import check_body, check_headers, verify_handshake
from producer.http.errors import Refusal
from settings.sources import Source
from tests.support.receiver import (
    CONFIG,
    OLD_SECRET,
    PASSWORD,
    SECRET,
    TOKEN,
    VERIFY_TOKEN,
    signature,
)

META = CONFIG.sources["meta"]
POSITUS = CONFIG.sources["positus"]
LEGACY = CONFIG.sources["legacy"]
OPEN = CONFIG.sources["open"]


def code_of(source: Source, headers: Mapping[str, str], body: bytes = b"{}") -> str | None:
    """The code of the refusal; None if both checks pass."""
    refusal = refusal_of(source, headers, body)
    assert refusal is None or refusal.status == 401
    return refusal.code if refusal else None


def refusal_of(source: Source, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    try:
        check_headers(source, headers)
        check_body(source, headers, body)
    except Refusal as refusal:
        return refusal
    return None


@given(st.binary(), st.sampled_from([SECRET, OLD_SECRET]))
def test_each_secret_signs_the_raw_bytes(body: bytes, secret: str) -> None:
    assert code_of(META, {"x-hub-signature-256": signature(body, secret)}, body) is None


@given(st.binary(min_size=1), st.data())
def test_any_other_bytes_are_refused(body: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    other = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    assert code_of(META, {"x-hub-signature-256": signature(body)}, other) == "wrong_signature"


def test_the_same_json_in_other_bytes_has_another_signature() -> None:
    escaped, plain = b'{"a":"\\u00e9\\/"}', '{"a":"é/"}'.encode()
    assert code_of(META, {"x-hub-signature-256": signature(escaped)}, escaped) is None
    assert code_of(META, {"x-hub-signature-256": signature(escaped)}, plain) == "wrong_signature"


def test_upper_case_hexadecimal_digits_are_accepted() -> None:
    digits = signature(b"{}").removeprefix("sha256=").upper()
    assert code_of(META, {"x-hub-signature-256": f"sha256={digits}"}) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 63,
        "sha256=" + "0" * 65,
        "sha256=" + "g" * 64,
        "sha1=" + "0" * 64,
        "0" * 64,
        "SHA256=" + "0" * 64,
        "sha256=" + "0" * 64 + "\n",
        "sha256=" + "٠" * 64,
    ],
)
def test_a_malformed_signature_is_refused_before_the_body_is_read(header: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_headers(META, {"x-hub-signature-256": header})
    assert refused.value.code == "bad_signature"


def test_the_error_names_a_missing_signature() -> None:
    assert code_of(META, {}) == "no_signature"


def test_a_signature_with_another_secret_is_refused() -> None:
    header = {"x-hub-signature-256": signature(b"{}", "somebody-else")}
    assert code_of(META, header) == "wrong_signature"


def test_basic_credentials() -> None:
    def header(text: str, scheme: str = "Basic") -> dict[str, str]:
        return {"authorization": f"{scheme} {base64.b64encode(text.encode()).decode()}"}

    assert code_of(LEGACY, header(f"bluetick:{PASSWORD}")) is None
    assert code_of(LEGACY, header(f"bluetick:{PASSWORD}", "basic")) is None
    assert code_of(LEGACY, header(f"bluetick:{PASSWORD}", "Bearer")) == "wrong_credentials"
    assert code_of(LEGACY, header("bluetick:")) == "wrong_credentials"
    assert code_of(LEGACY, {"authorization": "Basic ***"}) == "wrong_credentials"
    assert code_of(LEGACY, {"authorization": "Basic é"}) == "wrong_credentials"
    assert code_of(LEGACY, {}) == "wrong_credentials"


def test_a_header_token() -> None:
    assert code_of(POSITUS, {"x-webhook-token": TOKEN}) is None
    assert code_of(POSITUS, {"x-webhook-token": TOKEN + "x"}) == "wrong_token"
    assert code_of(POSITUS, {}) == "wrong_token"


def test_an_open_source_accepts_anything() -> None:
    assert code_of(OPEN, {}) is None


def test_no_refusal_repeats_a_secret_or_what_was_sent() -> None:
    sent = {"x-hub-signature-256": "sha256=" + "a" * 64, "X-Webhook-Token": "what-was-sent"}
    for source in (META, POSITUS, LEGACY):
        refusal = refusal_of(source, sent, b"{}")
        assert refusal is not None
        text = refusal.message + str(refusal)
        for secret in (SECRET, OLD_SECRET, TOKEN, PASSWORD, "what-was-sent", "a" * 64):
            assert secret not in text


HANDSHAKE = {
    "hub.mode": "subscribe",
    "hub.verify_token": VERIFY_TOKEN,
    "hub.challenge": "1158201444",
}


def test_the_handshake_echoes_the_challenge() -> None:
    assert verify_handshake(META, HANDSHAKE) == "1158201444"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"hub.mode": "unsubscribe"}, 403, "verification_failed"),
        ({"hub.mode": ""}, 403, "verification_failed"),
        ({"hub.verify_token": "another"}, 403, "verification_failed"),
        ({"hub.verify_token": "é"}, 403, "verification_failed"),
        ({"hub.challenge": ""}, 400, "no_challenge"),
    ],
)
def test_the_handshake_fails(change: dict[str, str], status: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        verify_handshake(META, HANDSHAKE | change)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_a_source_without_a_token_has_no_handshake() -> None:
    with pytest.raises(Refusal) as refused:
        verify_handshake(POSITUS, HANDSHAKE)
    assert (refused.value.status, refused.value.code) == (403, "no_verify_token")


@pytest.mark.parametrize("prefix", ["sha256=", ""])
def test_a_signature_in_another_header(prefix: str) -> None:
    source = META.model_copy(update={"signature_header": "X-360dialog-Signature"})
    sent = prefix + signature(b"{}").removeprefix("sha256=")

    assert code_of(source, {"x-360dialog-signature": sent}) is None
    assert code_of(source, {"x-360dialog-signature": sent}, b"{ }") == "wrong_signature"
    assert code_of(source, {"x-hub-signature-256": signature(b"{}")}) == "no_signature"
    refusal = refusal_of(source, {"x-360dialog-signature": "x"}, b"{}")
    assert refusal
    assert "X-360dialog-Signature must be" in refusal.message
