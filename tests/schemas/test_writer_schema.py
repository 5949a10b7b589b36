"""The schemas that are accepted, and that only their checked parts reach a decoder."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.topics import STATUSES, TOPICS, Schema, Topic, schema_of
from schemas.writer_schema import (
    MAX_CHARACTERS,
    MAX_FIELDS,
    UnacceptableSchema,
    accepted,
    flat,
)

STATUS = schema_of(STATUSES)
PLAIN = ["string", "bytes", "boolean", "int", "long", "float", "double"]


def with_field(kind: object, name: object = "more", **rest: object) -> Schema:
    return {**STATUS, "fields": [*STATUS["fields"], {"name": name, "type": kind, **rest}]}


def types_of(schema: Schema) -> dict[str, Any]:
    return {field["name"]: field["type"] for field in schema["fields"]}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.stem)
def test_our_own_schemas_are_accepted_unchanged(topic: Topic) -> None:
    found = accepted(json.dumps(schema_of(topic)))
    assert found["name"] == schema_of(topic)["name"]
    assert types_of(found) == types_of(schema_of(topic))
    assert list(types_of(found)) == list(types_of(schema_of(topic)))


@pytest.mark.parametrize("kind", PLAIN)
def test_fields_may_be_added(kind: str) -> None:
    for written in (kind, ["null", kind], [kind, "null"], {"type": kind, "logicalType": "new"}):
        plain = written["type"] if isinstance(written, dict) else written
        assert types_of(flat(with_field(written)))["more"] == plain


def test_unnecessary_attributes_are_left_out() -> None:
    deep: list[Any] = []
    for _ in range(400):
        deep = [deep]
    schema = with_field(["null", "string"], default=deep, doc="x", aliases=["y"], order="ignore")
    schema |= {"aliases": ["Former"], "doc": "z", "namespace": "elsewhere", "extra": deep}
    found = flat(schema)
    assert set(found) == {"type", "name", "fields"}
    assert all(set(field) == {"name", "type"} for field in found["fields"])
    assert flat({**STATUS, "name": "bluetick.Status"})["name"] == "Status"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("source", "bytes"),
        ("content_hash", "int"),
        ("error_code", ["null", "int"]),
        ("event_id", "string"),
        ("event_id", ["null", "string"]),
        ("occurred_at", "long"),
    ],
)
def test_types_that_avro_converts_to_ours_are_accepted(name: str, kind: object) -> None:
    schema = copy.deepcopy(STATUS)
    next(field for field in schema["fields"] if field["name"] == name)["type"] = kind
    assert types_of(flat(schema))[name] == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("source", "long"),
        ("content_hash", "string"),
        ("error_code", ["null", "double"]),
        ("billable", "int"),
        ("occurred_at", {"type": "long", "logicalType": "timestamp-millis"}),
        ("occurred_at", {"type": "int", "logicalType": "date"}),
        ("event_id", {"type": "bytes", "logicalType": "decimal", "precision": 10**9}),
    ],
)
def test_types_that_avro_cannot_convert_are_refused(name: str, kind: object) -> None:
    schema = copy.deepcopy(STATUS)
    next(field for field in schema["fields"] if field["name"] == name)["type"] = kind
    with pytest.raises(UnacceptableSchema, match=f"field {name} "):
        flat(schema)


NESTED = {"type": "record", "name": "Nested", "fields": []}


@pytest.mark.parametrize(
    "kind",
    [
        "null",
        "record",
        "Status",
        "bluetick.Status",
        ["null", "Status"],
        {"type": "array", "items": "null"},
        {"type": "map", "values": "null"},
        {"type": "enum", "name": "E", "symbols": ["A"]},
        {"type": "fixed", "name": "F", "size": 2**40},
        NESTED,
        ["null", NESTED],
        {"type": {"type": "string"}},
        {"type": ["null", "string"]},
        [],
        ["null"],
        ["string"],
        ["null", "null"],
        ["null", "string", "long"],
        ["string", "long"],
        ["null", ["null", "string"]],
        None,
        True,
        7,
        "",
    ],
    ids=str,
)
def test_types_other_than_plain_ones_are_refused(kind: object) -> None:
    with pytest.raises(UnacceptableSchema, match="field more "):
        flat(with_field(kind))


@pytest.mark.parametrize(
    "name", ["", "a.b", "ä", "1st", "a b", "a\n", "a" * 129, None, 7, True, ["a"], {"a": 1}]
)
def test_invalid_names_are_refused(name: object) -> None:
    with pytest.raises(UnacceptableSchema, match="name"):
        flat(with_field("string", name))
    if name != "a.b":
        with pytest.raises(UnacceptableSchema, match="name"):
            flat({**STATUS, "name": name})


@pytest.mark.parametrize("document", [None, True, 7, "string", [], ["null", STATUS], {}, [STATUS]])
def test_what_is_not_a_record_is_refused(document: object) -> None:
    with pytest.raises(UnacceptableSchema, match="not a record"):
        flat(document)


@pytest.mark.parametrize("kind", ["error", "array", ["record"], {"type": "record"}, None])
def test_types_other_than_records_are_refused(kind: object) -> None:
    with pytest.raises(UnacceptableSchema, match="not a record"):
        flat({**STATUS, "type": kind})


@pytest.mark.parametrize("fields", [None, {}, [], "fields", 3, [None], ["string"], [[]]])
def test_fields_are_a_list_of_objects(fields: object) -> None:
    with pytest.raises(UnacceptableSchema, match="field"):
        flat({**STATUS, "fields": fields})


def test_too_many_missing_or_repeated_fields_are_refused() -> None:
    most = [{"name": f"f{n}", "type": "long"} for n in range(MAX_FIELDS)]
    other = {"type": "record", "name": "Other", "fields": most}
    assert len(flat(other)["fields"]) == MAX_FIELDS
    with pytest.raises(UnacceptableSchema, match=f"1 to {MAX_FIELDS} fields"):
        flat({**other, "fields": [*most, {"name": "last", "type": "long"}]})
    with pytest.raises(UnacceptableSchema, match="two fields f0"):
        flat({**other, "fields": [*most[:-1], most[0]]})
    with pytest.raises(UnacceptableSchema, match="no field status"):
        flat({**STATUS, "fields": [f for f in STATUS["fields"] if f["name"] != "status"]})


@pytest.mark.parametrize("text", ["", "{", "[" * 50_000, '{"a":' * 10_000, "nul", "\ud800"])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(UnacceptableSchema, match="not valid JSON"):
        accepted(text)


def test_long_schemas_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(UnacceptableSchema, match="longer than"):
        accepted("[" * 50_000_000)
    longest = json.dumps(with_field("string", doc="x" * 55_000))
    assert len(longest) < MAX_CHARACTERS
    accepted(longest)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(PLAIN)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["type", "name", "fields", "items", "logicalType"]), inner, max_size=4
        ),
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON, st.lists(st.fixed_dictionaries({"name": st.text("ab", max_size=2), "type": JSON})))
def test_any_document_is_accepted_or_refused(document: object, fields: list[object]) -> None:
    for tried in (document, {**STATUS, "fields": [*STATUS["fields"], *fields]}):
        try:
            found = flat(tried)
        except UnacceptableSchema:
            continue
        assert flat(found) == found
