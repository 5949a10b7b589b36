"""The schemas are documented, consistent and can be extended."""

from __future__ import annotations

from typing import Any

import fastavro
import pytest

from schemas.topics import BY_NAME, LANDED, TOPICS, Topic, columns_of, schema_of
from warehouse.tables import tables

COMMON = ("event_id", "content_hash", "source", "dialect", "occurred_at", "received_at")


def fields(topic: Topic) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = schema_of(topic)["fields"]
    return found


def test_these_are_the_topics() -> None:
    assert sorted(BY_NAME) == [
        "whatsapp.account-events",
        "whatsapp.dead-letters",
        "whatsapp.errors",
        "whatsapp.messages",
        "whatsapp.raw",
        "whatsapp.sends",
        "whatsapp.statuses",
    ]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.stem)
def test_it_is_valid_avro_with_a_doc_for_every_field(topic: Topic) -> None:
    fastavro.parse_schema(schema_of(topic))
    assert schema_of(topic)["doc"]
    assert [field["name"] for field in fields(topic) if not field.get("doc")] == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.stem)
def test_only_optional_fields_default_to_null(topic: Topic) -> None:
    """So records that were written before a field was added can be read with this schema."""
    for field in fields(topic):
        optional = isinstance(field["type"], list)
        assert optional == ("default" in field), field["name"]
        if optional:
            assert field["type"][0] == "null", field["name"]
            assert field["default"] is None, field["name"]


@pytest.mark.parametrize("topic", LANDED, ids=lambda topic: topic.stem)
def test_landed_records_have_the_same_first_columns(topic: Topic) -> None:
    assert columns_of(topic)[: len(COMMON)] == COMMON
    assert topic.table is not None
    columns = tables()[topic.table]
    assert set(columns) == {*columns_of(topic), "topic", "partition", "offset"}


def test_the_same_name_is_the_same_type_everywhere() -> None:
    kinds: dict[str, Any] = {}
    for topic in LANDED:
        for field in fields(topic):
            optional = isinstance(field["type"], list)
            kind = field["type"][1] if optional else field["type"]
            assert kinds.setdefault(field["name"], kind) == kind, field["name"]
