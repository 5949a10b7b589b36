"""`bluetick doctor` finds topics that keep too long, and a Kafka that anybody may use."""

from __future__ import annotations

import pytest

from bluetick.doctor.cluster import ClusterFacts, TopicFacts
from bluetick.doctor.finding import Finding
from bluetick.doctor.kafka_security import kafka_security
from bluetick.doctor.topics import topics
from schemas.create_topics import DAY_MS
from schemas.topics import TOPICS
from warehouse.offsets import Log


def test_topics_that_keep_records_for_longer_than_the_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BLUETICK_KEEP_MESSAGES_DAYS", "8")

    def found(retention_days: int, segment_days: int) -> list[Finding]:
        settings = {
            "retention.ms": retention_days * DAY_MS if retention_days > 0 else -1,
            "segment.ms": segment_days * DAY_MS,
        }
        facts = {
            one.name: TopicFacts(Log("c", one.stem, one.name), 6, 3, settings) for one in TOPICS
        }
        return list(topics(ClusterFacts("k", "c", 3, facts), []))

    assert {one.level for one in found(7, 1)} == {"ok"}
    assert "kept 7.0 days, at most 8.0" in found(7, 1)[0].what
    (long,) = (one for one in found(7, 7) if one.level == "warning")
    assert long.what == (
        "whatsapp.messages keeps records for up to 14.0 days, but the table messages keeps rows "
        "for 8"
    )
    for_good = [one.what for one in found(-1, 1) if one.level == "warning"]
    assert len(for_good) == len(TOPICS)
    assert "for good, also of people who were erased" in for_good[0]


@pytest.mark.parametrize(
    ("protocol", "bootstrap", "hosts", "said"),
    [
        ("", "127.0.0.1:9092,[::1]:9092,localhost:9092", ("127.0.0.1",), []),
        ("", "kafka.example:9092", (), ["unencrypted", "does not ask who"]),
        ("", "127.0.0.1:9092", ("192.0.2.7",), ["unencrypted", "does not ask who"]),
        ("SASL_PLAINTEXT", "[2001:db8::1]:9092", (), ["unencrypted (SASL_PLAINTEXT)"]),
        ("SSL", "192.0.2.7:9092", (), ["does not ask who"]),
        ("SASL_SSL", "SASL_SSL://192.0.2.7:9092", (), ["SASL_SSL to 192.0.2.7"]),
    ],
)
def test_a_kafka_elsewhere_without_encryption_or_authentication(
    monkeypatch: pytest.MonkeyPatch,
    protocol: str,
    bootstrap: str,
    hosts: tuple[str, ...],
    said: list[str],
) -> None:
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", protocol)
    found = list(kafka_security(bootstrap, hosts))
    assert len(found) == len(said)
    for finding, part in zip(found, said, strict=True):
        assert part in finding.what
        assert (finding.level == "ok") == (finding.advice is None) == (protocol == "SASL_SSL")
