"""A record that does not fit its schema does not affect the others."""

from __future__ import annotations

from typing import Any

from producer.encode import EncodedPost, batch_of
from producer.normalise.event import Event
from schemas.codec import Encoder, decode
from schemas.registry import DerivedRegistry
from schemas.topics import DEAD_LETTERS, RAW, STATUSES, TOPICS
from tests.support.payloads import cloud, status
from tests.support.receiver import CONFIG

REGISTRY = DerivedRegistry()
ENCODERS = {topic: Encoder(topic, REGISTRY) for topic in TOPICS}


def test_the_raw_body_comes_first() -> None:
    body = cloud(status("wamid.1"), status("wamid.2"))
    batch = batch_of(body, CONFIG.sources["meta"], "application/json", 1_000_000, ENCODERS)
    assert [record.topic for record in batch.records] == [RAW.name, STATUSES.name, STATUSES.name]
    assert batch.topics == {RAW.name: 1, STATUSES.name: 2}
    assert not batch.reasons
    assert not batch.malformed


def test_a_malformed_body_is_marked_as_malformed() -> None:
    batch = batch_of(b"{", CONFIG.sources["meta"], None, 1_000_000, ENCODERS)
    assert batch.malformed
    assert batch.topics == {RAW.name: 1, DEAD_LETTERS.name: 1}


def test_what_does_not_fit_its_schema_becomes_a_dead_letter() -> None:
    batch = EncodedPost("meta", 0, 1_000_000)
    records: list[dict[str, Any]] = [{"status": "sent"}, {"status": b"\xff", "id": object()}]
    for record in records:
        batch.add(Event(STATUSES, b"wamid.1", record), ENCODERS)
    assert batch.reasons == {"unencodable": 2}
    letters = [decode(record.value, REGISTRY) for record in batch.records]
    assert {letter["reason"] for letter in letters} == {"unencodable"}
    assert letters[0]["payload"] == b'{"status":"sent"}'
    assert b"\\xff" in letters[1]["payload"]
    assert letters[0]["event_id"] != letters[1]["event_id"]
    assert STATUSES.name in letters[0]["detail"]


def test_without_the_raw_body_a_notice_is_published() -> None:
    body = cloud(status("wamid.1"))
    batch = batch_of(body, CONFIG.sources["meta"], None, 1_000_000, ENCODERS)
    batch.note_missing_raw(ENCODERS)
    assert [record.topic for record in batch.records] == [DEAD_LETTERS.name]
    assert batch.topics == {STATUSES.name: 1, DEAD_LETTERS.name: 1}
