"""Single records: framed, decoded, and refused with a reason."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Encoder, Undecodable, decode, split_frame
from schemas.registry import DerivedRegistry, derived_id
from schemas.registry_errors import UnknownSchema
from schemas.topics import RAW, STATUSES, TOPICS, Schema, Topic, schema_of
from tests.support.records import event

REGISTRY = DerivedRegistry()


class OneSchema:
    """A registry with one schema, which may be of another version."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def id_of(self, _: Topic) -> int:
        return 7

    def schema_of(self, _: int) -> Schema:
        return self._schema


def written_with(schema: Schema, record: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return b"\x00\x00\x00\x00\x07" + out.getvalue()


@given(st.text(), st.one_of(st.none(), st.text()), st.integers(-(2**63), 2**63 - 1))
def test_an_encoded_record_is_decoded_unchanged(
    status: str, title: str | None, number: int
) -> None:
    record = event(STATUSES, status=status, error_title=title, content_hash=number)
    found = decode(Encoder(STATUSES, REGISTRY)(record), REGISTRY)
    kept = ("status", "error_title", "content_hash", "message_id", "callback_data")
    assert [found[name] for name in kept] == [record[name] for name in kept]
    assert str(found["event_id"]) == record["event_id"]


def test_the_frame_is_confluents() -> None:
    frame = Encoder(STATUSES, REGISTRY)(event(STATUSES))
    assert frame[0] == 0
    assert int.from_bytes(frame[1:5], "big") == REGISTRY.id_of(STATUSES)
    assert split_frame(frame) == (REGISTRY.id_of(STATUSES), frame[5:])


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (None, "tombstone"),
        (b"\x00\x00\x00", "3 bytes"),
        (b"{}   ", "first byte is 123"),
        (Encoder(STATUSES, REGISTRY)(event(STATUSES))[:-1], "not a record"),
        (Encoder(STATUSES, REGISTRY)(event(STATUSES)) + b"x", "1 bytes are left over"),
    ],
)
def test_what_is_not_a_record_is_refused_with_the_reason(frame: bytes | None, reason: str) -> None:
    with pytest.raises(Undecodable, match=reason):
        decode(frame, REGISTRY)


def test_an_unknown_id_is_not_the_same_error_as_broken_bytes() -> None:
    with pytest.raises(UnknownSchema, match="SCHEMA_REGISTRY_URL"):
        decode(b"\x00\x00\x00\x00\x01body", REGISTRY)


@pytest.mark.parametrize("wrong", [{"status": None}, {"occurred_at": "noon"}, {"error_code": "x"}])
def test_a_record_that_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- fastavro words it differently each time
        Encoder(STATUSES, REGISTRY)({**event(STATUSES), **wrong})


def test_records_of_older_and_newer_schemas_are_read_with_todays() -> None:
    today = schema_of(STATUSES)
    older = {**today, "fields": [f for f in today["fields"] if f["name"] != "callback_data"]}
    added = {"name": "added_later", "type": ["null", "string"], "default": None}
    newer = {**today, "fields": [*today["fields"], added]}
    record = event(STATUSES, added_later="x")
    for schema in (older, newer):
        found = decode(written_with(schema, record), OneSchema(schema), STATUSES)
        assert set(found) == {field["name"] for field in today["fields"]}
        assert found["callback_data"] is None


def test_derived_ids_depend_on_fields_but_not_on_docs() -> None:
    assert len({derived_id(schema_of(topic)) for topic in TOPICS}) == len(TOPICS)
    raw = schema_of(RAW)
    assert derived_id({**raw, "doc": "another text"}) == derived_id(raw)
    assert derived_id({**raw, "fields": raw["fields"][:-1]}) != derived_id(raw)
    assert 0 <= derived_id(raw) < 2**31
