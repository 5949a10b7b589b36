"""The providers' own examples, read with the configuration of their source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from settings.sources import Source
from tests.support.fixtures import RECEIVED_AT, ROOT, bodies
from tests.support.seeds import Case, seed_cases, seed_sources

CASES = seed_cases()


@pytest.mark.parametrize("name", seed_sources())
def test_every_payload_has_its_expected_events(name: str) -> None:
    found = {path.stem for path in bodies(ROOT / name)}
    assert found == {case.fixture.case for case in CASES if case.source == name}
    assert found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_read_as_its_source_is_configured(case: Case) -> None:
    source = Source.model_validate({"name": case.source, **seed_sources()[case.source]})
    assert case.fixture.arguments.get("dialect", "auto") == source.dialect
    assert case.fixture.arguments.get("business_number") == source.business_number


@pytest.mark.parametrize("case", CASES, ids=str)
def test_found_out_without_configuration(case: Case) -> None:
    """`auto` reads each body in the same way; only the dialect engagelab needs business_phone."""
    expected = case.fixture.normalise()
    arguments = {**case.fixture.arguments, "dialect": "auto"}
    found = replace(case.fixture, arguments=arguments).normalise()
    assert [event.record["event_id"] for event in found] == [
        event.record["event_id"] for event in expected
    ]
    if case.source != "engagelab":
        assert found == expected
    assert all(event.record["received_at"] == RECEIVED_AT for event in found)
