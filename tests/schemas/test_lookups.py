"""Any number of unknown ids does not block other records."""

from __future__ import annotations

import pytest

from schemas import lookups
from schemas.lookups import Lookups
from schemas.registry_errors import RefusedSchema, RegistryUnavailable, UnknownSchema
from schemas.topics import Schema

OURS: Schema = {"type": "record", "name": "Ours", "fields": []}


class Asked:
    """Ids below 10 are known, those below 20 are refused; each answer takes `seconds`."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.ids: list[int] = []
        self.now = 0.0
        self.seconds = seconds
        self.available = True
        self.lookups = Lookups(self._ask, clock=lambda: self.now)

    def _ask(self, schema_id: int) -> Schema:
        self.ids.append(schema_id)
        self.now += self.seconds
        if not self.available:
            raise RegistryUnavailable("away")
        if schema_id < 10:
            return OURS
        raise (RefusedSchema if schema_id < 20 else UnknownSchema)(f"no {schema_id}")

    def flood(self, ids: range) -> None:
        for schema_id in ids:
            with pytest.raises(UnknownSchema):
                self.lookups[schema_id]


def test_each_answer_is_kept() -> None:
    asked = Asked()
    for _ in range(3):
        assert asked.lookups[1] is OURS
        with pytest.raises(RefusedSchema, match="no 11"):
            asked.lookups[11]
        with pytest.raises(UnknownSchema, match="no 21"):
            asked.lookups[21]
    assert asked.ids == [1, 11, 21]


def test_unknown_ids_are_requested_again_later_and_refused_ones_are_not() -> None:
    asked = Asked()
    asked.flood(range(11, 12))
    asked.flood(range(21, 22))
    asked.now += lookups.UNKNOWN_SECONDS + 1
    asked.flood(range(11, 12))
    asked.flood(range(21, 22))
    assert asked.ids == [11, 21, 21]


def test_of_many_new_ids_only_some_are_requested_without_waiting() -> None:
    asked = Asked(seconds=1.0)
    asked.flood(range(100, 1_100))
    assert len(asked.ids) == lookups.ALWAYS_ASKED
    with pytest.raises(UnknownSchema, match="not looked up"):
        asked.lookups[1]
    asked.now += lookups.PERIOD_SECONDS
    assert asked.lookups[1] is OURS


def test_a_fast_registry_gets_more_requests() -> None:
    asked = Asked(seconds=0.01)
    asked.flood(range(100, 1_100))
    assert 400 < len(asked.ids) < 600


def test_many_new_ids_do_not_evict_used_ones() -> None:
    asked = Asked()
    for start in range(1_000, 100_000, 1_000):
        assert asked.lookups[1] is OURS
        asked.flood(range(start, start + 1_000))
    assert asked.ids.count(1) == 1


def test_thousands_of_schemas_do_not_evict_used_ones() -> None:
    asked = Asked()
    known = Lookups(lambda schema_id: {**OURS, "id": schema_id}, clock=lambda: asked.now)
    first = known[1]
    for start in range(1_000, 20_000, 1_000):
        assert known[1] is first
        for schema_id in range(start, start + 1_000):
            assert known[schema_id]["id"] == schema_id


def test_an_id_without_an_answer_is_asked_again() -> None:
    asked = Asked()
    asked.available = False
    with pytest.raises(RegistryUnavailable):
        asked.lookups[1]
    asked.available = True
    assert asked.lookups[1] is OURS


def test_an_id_that_no_registry_gives_is_not_requested() -> None:
    asked = Asked()
    asked.flood(range(2**31, 2**31 + 3))
    asked.flood(range(2**32 - 1, 2**32))
    assert asked.ids == []
