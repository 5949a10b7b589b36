"""The signature of SNS: both versions, every way in which one is wrong, and the certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.fetching import Unreachable
from producer.http.auth import check_body, check_headers, waits
from producer.http.errors import Refusal
from producer.providers import Post, aws_signature
from producer.providers.aws_certificates import PAUSE_SECONDS, FetchedCertificates
from producer.providers.aws_signature import confirmation, genuine
from settings.sources import Source
from tests.support import sns
from tests.support.sns import HOST, PEM_PATH, TOPIC, Pair, Sns, encoded, notification, signed

NOW = 1_795_600_000.0
DAY = 86_400
SIGNER = sns.pair(HOST)
HEADERS = {"x-amz-sns-message-type": "Notification"}
TEXT = '{"whatsAppWebhookEntry": "é \\n"}'


def source_of(**keys: object) -> Source:
    table = {"topic_arn": TOPIC, "certificates": (SIGNER.pem,)}
    return Source.model_validate(
        {"name": "mine", "dialect": "aws", "auth": "signature"} | table | keys
    )


SOURCE = source_of()


def code_of(message: Mapping[str, Any], source: Source = SOURCE, now: float = NOW) -> str | None:
    """The code of the refusal; None if the POST is authentic."""
    try:
        check_headers(source, HEADERS)
        check_body(source, HEADERS, encoded(dict(message)), "", now)
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "ü"}])
def test_both_versions(version: str, subject: dict[str, str]) -> None:
    assert code_of(signed(notification(TEXT, NOW, **subject), SIGNER, version)) is None
    assert code_of(signed(sns.confirmation(NOW), SIGNER, version)) is None


def test_what_is_wrong() -> None:
    right = signed(notification(TEXT, NOW), SIGNER, "2")
    assert code_of(signed(notification(TEXT, NOW), sns.pair(HOST))) == "wrong_signature"
    altered = [
        {"Message": TEXT + " "},
        {"MessageId": "n-2"},
        {"Subject": "added"},
        {"Timestamp": "2026-11-25T09:46:41.000Z"},
        {"Type": "SubscriptionConfirmation"},
        {"Type": "Other"},
        {"Type": None},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"Signature": ""},
        {"Signature": None},
        {"Signature": "é"},
        {"Message": 1},
        {"TopicArn": TOPIC + "2"},
    ]
    for change in altered:
        assert code_of(right | change) == "wrong_signature", change
    for name in ("Message", "MessageId", "Timestamp", "TopicArn", "Type", "Signature"):
        left = {key: value for key, value in right.items() if key != name}
        assert code_of(left) == "wrong_signature", name


def test_a_message_of_another_topic_is_not_genuine() -> None:
    """SNS signs for all its customers."""
    theirs = signed(notification(TEXT, NOW, TOPIC.replace("123456789012", "9" * 12)), SIGNER)
    assert code_of(theirs) == "wrong_signature"


def test_without_the_header_the_body_is_not_read() -> None:
    with pytest.raises(Refusal) as found:
        check_headers(SOURCE, {"x-amz-sns-rawdelivery": "true"})
    assert (found.value.status, found.value.code) == (401, "no_signature")


def test_a_message_is_accepted_again_for_a_day() -> None:
    right = signed(notification(TEXT, NOW), SIGNER)
    assert [code_of(right, now=NOW + later) for later in (0, 0, DAY)] == [None] * 3
    assert code_of(right, now=NOW + DAY + 1) == "wrong_signature"
    assert code_of(right, now=NOW - 301) == "wrong_signature"
    for stamp in ("", "yesterday", "2026-11-25T09:46:41", "0001-01-01T00:00:00+23:59"):
        other = signed(notification(TEXT, NOW) | {"Timestamp": stamp}, SIGNER)
        assert code_of(other) == "wrong_signature", stamp


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}{PEM_PATH}",
        f"https://{HOST}.attacker.example{PEM_PATH}",
        f"https://{HOST}@attacker.example{PEM_PATH}",
        f"https://{HOST}:444{PEM_PATH}",
        f"https://sns.us-east-1.amazonaws.com{PEM_PATH}",
        f"https://s3.amazonaws.com/bucket{PEM_PATH}",
        f"https://{HOST}/other.pem",
        f"https://{HOST}{PEM_PATH}?x=1",
        "",
        None,
    ],
)
def test_no_certificate_comes_from_elsewhere(url: str | None) -> None:
    message = signed(notification(TEXT, NOW), SIGNER) | {"SigningCertURL": url}
    for source in (SOURCE, source_of(certificates=())):
        assert code_of(message, source) == "wrong_signature"


def test_several_certificates_may_be_configured() -> None:
    other = sns.pair(HOST)
    source = source_of(certificates=(other.pem, SIGNER.pem))
    for signer in (other, SIGNER):
        assert code_of(signed(notification(TEXT, NOW), signer), source) is None


def test_a_certificate_must_be_valid_at_the_time() -> None:
    past = sns.pair(HOST, days=(-20, -10))
    message = signed(notification(TEXT, NOW), past)
    assert code_of(message, source_of(certificates=(past.pem,))) == "wrong_signature"
    broken = "-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n"
    assert code_of(message, source_of(certificates=(broken,))) == "wrong_signature"


@given(st.binary(max_size=60), st.dictionaries(st.sampled_from([*notification("", 0)]), st.none()))
def test_nothing_raises(body: bytes, more: dict[str, None]) -> None:
    assert not genuine(SOURCE, Post(HEADERS, "", body, NOW))
    found = encoded(signed(notification(TEXT, NOW), SIGNER) | more)
    assert genuine(SOURCE, Post(HEADERS, "", found, NOW)) is not bool(more)
    assert confirmation(SOURCE, Post(HEADERS, "", b"SubscriptionConfirmation" + body, NOW)) is None


def test_only_the_address_of_aws_confirms() -> None:
    def asked(message: dict[str, Any], source: Source = SOURCE) -> str | None:
        return confirmation(source, Post(HEADERS, "", encoded(message), NOW))

    right = sns.confirmation(NOW)
    assert asked(right) == right["SubscribeURL"]
    assert asked(notification("SubscriptionConfirmation", NOW)) is None
    for url in ("https://x.example/", f"http://{HOST}/?a=1", f"https://{HOST}/?a b", ""):
        assert asked(sns.confirmation(NOW, url)) is None
    assert asked(right, Source(name="mine", dialect="aws", auth="none")) is None


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sns]:
    with sns.sns(tmp_path) as found:
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(aws_signature, "FETCHED", FetchedCertificates())
        yield found


def test_the_certificate_is_fetched_once(stand_in: Sns) -> None:
    source = source_of(certificates=())
    assert waits(source)
    for _ in range(3):
        assert code_of(signed(notification(TEXT, NOW), stand_in.signer), source) is None
    assert code_of(signed(notification(TEXT, NOW), SIGNER), source) == "wrong_signature"
    assert stand_in.asked == [(f"{HOST}:443", PEM_PATH)]


def test_a_certificate_that_cannot_be_fetched_is_asked_for_later(stand_in: Sns) -> None:
    stand_in.pages.clear()
    message = signed(notification(TEXT, NOW), stand_in.signer)
    source = source_of(certificates=())
    for _ in range(3):
        assert code_of(message, source) == "signature_not_checked"
    assert len(stand_in.asked) == 1


@pytest.mark.parametrize("page", [b"", b"not a certificate", b"x" * 100_000])
def test_another_document_is_no_certificate(stand_in: Sns, page: bytes) -> None:
    stand_in.pages[PEM_PATH] = page
    now = 0.0
    found = FetchedCertificates(lambda: now)
    with pytest.raises(Unreachable):
        found.at(sns.CERTIFICATE_URL)
    stand_in.pages[PEM_PATH] = stand_in.signer.pem.encode()
    with pytest.raises(Unreachable):
        found.at(sns.CERTIFICATE_URL)
    now = PAUSE_SECONDS
    assert found.at(sns.CERTIFICATE_URL) == stand_in.signer.certificate


def test_few_certificates_are_kept(stand_in: Sns) -> None:
    found = FetchedCertificates()
    urls = [f"https://{HOST}/SimpleNotificationService-{number}.pem" for number in range(9)]
    for url in urls:
        stand_in.pages[url.removeprefix(f"https://{HOST}")] = stand_in.signer.pem.encode()
        found.at(url)
    found.at(urls[-1])
    found.at(urls[0])
    assert len(stand_in.asked) == len(urls) + 1


@pytest.mark.usefixtures("stand_in")
def test_an_authority_that_is_not_trusted_serves_no_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: Pair = sns.pair("another authority")
    (tmp_path / "other.pem").write_text(other.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    with pytest.raises(Unreachable):
        FetchedCertificates().at(sns.CERTIFICATE_URL)
