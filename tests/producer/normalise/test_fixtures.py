"""Every payload fixture gives exactly the events in the file beside it."""

from __future__ import annotations

from uuid import UUID

import pytest

from schemas.codec import Encoder, decode
from schemas.registry import DerivedRegistry
from schemas.topics import TOPICS, columns_of
from tests.support.features import NAMES
from tests.support.fixtures import RECEIVED_AT, ROOT, SUFFIX, Fixture, bodies, load, shown

FIXTURES = load()
REGISTRY = DerivedRegistry()
ENCODERS = {topic: Encoder(topic, REGISTRY) for topic in TOPICS}


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_events_are_as_expected(fixture: Fixture) -> None:
    assert [shown(event) for event in fixture.normalise()] == fixture.expected()


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_records_are_complete_and_can_be_encoded_and_decoded(fixture: Fixture) -> None:
    for event in fixture.normalise():
        assert set(event.record) == set(columns_of(event.topic))
        assert event.record["received_at"] == RECEIVED_AT
        assert event.record["source"] == fixture.arguments.get("source", "test")
        decoded = decode(ENCODERS[event.topic](event.record), REGISTRY)
        assert str(decoded["event_id"]) == event.record["event_id"]
        assert decoded["content_hash"] == event.record["content_hash"]


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_ids_are_stable_and_different_for_each_fact(fixture: Fixture) -> None:
    events = fixture.normalise()
    assert events == fixture.normalise()
    seen: dict[str, int] = {}
    for event in events:
        record = event.record
        assert UUID(record["event_id"]).version == 5
        # Within a fixture, only a repetition of an element has the id of another.
        assert seen.setdefault(record["event_id"], record["content_hash"]) == record["content_hash"]


def test_every_file_has_its_pair() -> None:
    found = {path.with_suffix("") for folder in ROOT.iterdir() for path in bodies(folder)}
    expected = {path.parent / path.name.removesuffix(SUFFIX) for path in ROOT.glob(f"*/*{SUFFIX}")}
    assert found == expected


def test_features_have_known_names() -> None:
    unknown = {name for fixture in FIXTURES for name in fixture.features} - NAMES
    assert not unknown
