"""The generated writers give the same bytes as fastavro."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.avro_writer import flat_writer
from schemas.codec import Encoder
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES, TOPICS, Schema, Topic, schema_of
from tests.support.records import event

PREFIX = b"\0\0\0\0\7"
LONGS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(
    [sign * 2**bits + more for bits in range(63) for sign in (1, -1) for more in (-1, 0, 1)]
)
LONG_TEXTS = st.sampled_from([63, 64, 8191, 8192, 8193, 2**20]).map(lambda size: "é" * (size // 2))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text() | LONG_TEXTS,
    "long": LONGS,
    "boolean": st.booleans(),
    "bytes": st.binary() | LONG_TEXTS.map(str.encode),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, list):
        return st.none() | values(kind[1])
    return VALUES[kind["type"] if isinstance(kind, dict) else kind]


def record_of(topic: Topic) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {field["name"]: values(field["type"]) for field in schema_of(topic)["fields"]}
    )


def by_fastavro(schema: Schema, record: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return PREFIX + out.getvalue()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.stem)
@given(data=st.data())
def test_any_record_of_any_schema(topic: Topic, data: st.DataObject) -> None:
    record = data.draw(record_of(topic))
    write = flat_writer(schema_of(topic), PREFIX)
    assert write is not None
    assert write(record) == by_fastavro(schema_of(topic), record)


WRONG = (None, True, 7, 2**63, -(2**63) - 1, 1.5, "text", "\ud800", b"bytes", [], {})


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.stem)
@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_a_wrong_value_never_gives_other_bytes(topic: Topic, wrong: object) -> None:
    schema, good = schema_of(topic), event(topic)
    write = flat_writer(schema, PREFIX)
    assert write is not None
    for field in schema["fields"]:
        record = {**good, field["name"]: wrong}
        try:
            written = write(record)
        except Exception:  # then the encoder asks fastavro
            continue
        assert written == by_fastavro(schema, record), field["name"]


def test_a_missing_field_without_a_default_is_refused() -> None:
    record = event(STATUSES)
    del record["status"]
    with pytest.raises(ValueError, match="no default for status"):
        Encoder(STATUSES, DerivedRegistry())(record)


@pytest.mark.parametrize("kind", ["double", ["string", "null"], ["null", "string", "long"]])
def test_other_types_are_left_to_fastavro(kind: object) -> None:
    assert flat_writer({"fields": [{"name": "a", "type": kind}]}, PREFIX) is None
