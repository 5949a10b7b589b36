from __future__ import annotations

import copy
import io
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.decode import Record, decode
from schemas.codec import PREFIX
from schemas.registry import DerivedRegistry
from schemas.registry_errors import RefusedSchema
from schemas.topics import MESSAGES, STATUSES, Schema, schema_of
from schemas.writer_schema import UnacceptableSchema, flat
from tests.support.records import NOW_US, REGISTRY, event, framed, records


def test_rows_have_every_field_with_partition_and_offset() -> None:
    wanted = event(STATUSES, recipient_id="447700900123", billable=False, error_code=131026)
    rows = decode(STATUSES, records(STATUSES, [framed(STATUSES, wanted)], 7), REGISTRY).rows
    (row,) = rows.to_dicts()
    assert (row.pop("partition"), row.pop("offset")) == (0, 7)
    for name in ("occurred_at", "received_at"):
        assert int(row.pop(name).timestamp() * 1_000_000) == wanted.pop(name)
    assert row == wanted


@pytest.mark.parametrize("count", [1, 2, 33, 400])
def test_one_broken_record_does_not_affect_the_others(count: int) -> None:
    values: list[bytes | None] = [framed(STATUSES, event(STATUSES)) for _ in range(count)]
    for broken in {0, count // 2, count - 1}:
        for bad in (values[0][:-2], values[0] + b"\x00", b"", None, b"\x01abcdef"):  # type: ignore[index,operator]
            tried = [*values]
            tried[broken] = bad
            decoded = decode(STATUSES, records(STATUSES, tried), REGISTRY)
            assert [item.record.offset for item in decoded.poison] == [broken]
            assert decoded.rows.height == count - 1


def test_a_record_broken_so_that_the_next_one_could_hide_it() -> None:
    """Without some bytes of one record, the joined block would still decode, but shifted."""
    good = framed(STATUSES, event(STATUSES))
    decoded = decode(STATUSES, records(STATUSES, [good, good[:20], good]), REGISTRY)
    assert decoded.rows["offset"].to_list() == [0, 2]
    assert [item.reason for item in decoded.poison] == ["undecodable"]


def test_reasons_name_the_cause() -> None:
    foreign = PREFIX.pack(0, 12345) + b"abc"
    message = framed(MESSAGES, event(MESSAGES))
    no_uuid = framed(STATUSES, event(STATUSES, event_id="x" * 36))
    far_future = framed(STATUSES, event(STATUSES, occurred_at=2**62))
    decoded = decode(STATUSES, records(STATUSES, [foreign, message, no_uuid, far_future]), REGISTRY)
    assert decoded.rows.is_empty()
    assert sorted((item.record.offset, item.reason) for item in decoded.poison) == [
        (0, "unknown_schema"),
        (1, "wrong_schema"),
        (2, "invalid_values"),
        (3, "invalid_values"),
    ]


class Foreign(DerivedRegistry):
    """A registry with one more schema, id 1, if the schema is accepted."""

    def __init__(self, schema: Any) -> None:
        super().__init__()
        self._schema = schema

    def schema_of(self, schema_id: int) -> Schema:
        if schema_id != 1:
            return super().schema_of(schema_id)
        try:
            return flat(self._schema)
        except UnacceptableSchema as error:
            raise RefusedSchema(str(error)) from None


@pytest.mark.parametrize(
    "schema",
    [
        "string",
        ["null", "string"],
        None,
        {"type": "record", "name": "Status", "fields": [{"name": "a", "type": "b"}]},
        {**schema_of(STATUSES), "name": "Other"},
    ],
)
def test_records_of_foreign_schemas_are_poison(schema: object) -> None:
    values = [PREFIX.pack(0, 1) + b"\x02a", framed(STATUSES, event(STATUSES))]
    decoded = decode(STATUSES, records(STATUSES, [*values]), Foreign(schema))
    assert [(item.record.offset, item.reason) for item in decoded.poison] == [(0, "wrong_schema")]
    assert decoded.rows["offset"].to_list() == [1]


@pytest.mark.parametrize("name", ["event_id", "received_at", "message_id"])
@pytest.mark.parametrize("beside", [[], [b"junk"]])
def test_rows_without_a_required_value_are_poison(name: str, beside: list[bytes]) -> None:
    schema = copy.deepcopy(schema_of(STATUSES))
    (field,) = (field for field in schema["fields"] if field["name"] == name)
    field["type"] = ["null", field["type"]]
    out = io.BytesIO()
    lacking = {**event(STATUSES), name: None}
    fastavro.schemaless_writer(out, fastavro.parse_schema(copy.deepcopy(schema)), lacking)
    values = [PREFIX.pack(0, 1) + out.getvalue(), *beside]
    decoded = decode(STATUSES, records(STATUSES, [*values]), Foreign(schema))
    assert decoded.rows.is_empty()
    assert {item.record.offset for item in decoded.poison} == set(range(len(values)))


def test_poison_never_shows_its_payload() -> None:
    secret = b"\x00\x00\x00\x00\x01+447700900123"
    decoded = decode(STATUSES, records(STATUSES, [secret]), REGISTRY)
    assert "447700900123" not in repr(decoded.poison)


@given(st.lists(st.one_of(st.none(), st.binary(max_size=80), st.just(b"good")), max_size=40))
def test_each_record_becomes_a_row_or_poison(values: list[bytes | None]) -> None:
    good = framed(STATUSES, event(STATUSES))
    tried = [good if value == b"good" else value for value in values]
    decoded = decode(
        STATUSES, [Record(STATUSES, 0, i, NOW_US, value) for i, value in enumerate(tried)], REGISTRY
    )
    offsets = decoded.rows["offset"].to_list() + [p.record.offset for p in decoded.poison]
    assert sorted(offsets) == list(range(len(tried)))
    assert decoded.rows.height == sum(value is good for value in tried)


@given(st.lists(st.tuples(st.integers(5, 120), st.integers(0, 255)), min_size=1, max_size=3))
def test_damaged_bytes_do_not_end_the_process_or_change_other_records(
    damage: list[tuple[int, int]],
) -> None:
    good = framed(STATUSES, event(STATUSES))
    broken = bytearray(good)
    for place, byte in damage:
        broken[place % len(broken)] = byte
    decoded = decode(STATUSES, records(STATUSES, [good, bytes(broken), good]), REGISTRY)
    assert {0, 2} <= set(decoded.rows["offset"].to_list())
    assert decoded.rows.height + len(decoded.poison) == 3
