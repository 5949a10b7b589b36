"""Confluent's wire format: a zero byte, the schema id in 4 bytes, the Avro body."""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import Any, cast

import fastavro

from schemas.registry import Registry
from schemas.topics import LARGE_RECORD_BYTES, Schema, Topic, schema_of

MAGIC = 0
PREFIX = struct.Struct(">bI")

Record = dict[str, Any]


class Undecodable(Exception):
    """These bytes are not a record of a known schema; the message holds none of them."""


class Encoder:
    """Encodes records of one topic. Raises ValueError where a record does not fit its schema."""

    def __init__(self, topic: Topic, registry: Registry) -> None:
        self._schema = fastavro.parse_schema(schema_of(topic))
        self._prefix = PREFIX.pack(MAGIC, registry.id_of(topic))

    def __call__(self, record: Record) -> bytes:
        out = io.BytesIO()
        out.write(self._prefix)
        try:
            fastavro.schemaless_writer(out, self._schema, record)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"record does not fit its schema: {type(error).__name__}") from error
        return out.getvalue()


def split(frame: bytes | None) -> tuple[int, bytes]:
    """The schema id and Avro body of one framed record. Raises Undecodable."""
    if frame is None:
        raise Undecodable("the record has no value (a tombstone)")
    if len(frame) > LARGE_RECORD_BYTES:
        raise Undecodable(f"the record has {len(frame):,} bytes, above {LARGE_RECORD_BYTES:,}")
    if len(frame) < PREFIX.size:
        raise Undecodable(f"the record has {len(frame)} bytes, fewer than the 5 of a frame")
    magic, schema_id = PREFIX.unpack_from(frame)
    if magic != MAGIC:
        raise Undecodable(f"the first byte is {magic}, not 0: not Confluent's wire format")
    return schema_id, frame[PREFIX.size :]


def decode(frame: bytes | None, registry: Registry, reader: Topic | None = None) -> Record:
    """One record as a dict, resolved to `reader`'s schema where one is given.

    Raises Undecodable for broken bytes, UnknownSchema for an id nobody knows or whose schema is
    not read, RegistryUnavailable.
    """
    schema_id, body = split(frame)
    return decode_body(body, registry.schema_of(schema_id), reader)


def decode_body(body: bytes, writer: Schema, reader: Topic | None = None) -> Record:
    """One unframed Avro body as a dict. Raises Undecodable, also where bytes are left over."""
    stream = io.BytesIO(body)
    try:
        record = fastavro.schemaless_reader(
            stream, _parsed(_Key(writer)), _parsed(_Key(schema_of(reader))) if reader else None
        )
    except Exception as error:  # fastavro raises many types for invalid bytes
        raise Undecodable(f"not a record of its schema: {type(error).__name__}") from None
    left = len(body) - stream.tell()
    if left:
        raise Undecodable(f"{left} bytes are left over after the record")
    if not isinstance(record, dict):
        raise Undecodable("its schema is no record schema")
    return record


class _Key:
    """Lets a parsed schema be cached by the identity of its dict, which registries keep."""

    __slots__ = ("schema",)

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.schema is other.schema


@lru_cache(maxsize=64)
def _parsed(key: _Key) -> Schema:
    return cast(Schema, fastavro.parse_schema(key.schema))
