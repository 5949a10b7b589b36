"""Encodes and decodes Confluent's wire format: a zero byte, 4 bytes of schema id, an Avro body."""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import Any, cast

import fastavro

from schemas.avro_writer import flat_writer
from schemas.registry import Registry
from schemas.topics import LARGE_RECORD_BYTES, Schema, Topic, schema_of

MAGIC = 0
PREFIX = struct.Struct(">bI")

Record = dict[str, Any]


class Undecodable(Exception):
    """These bytes are not a record of a known schema; the message does not quote them."""


class Encoder:
    """Encodes records of one topic. Raises ValueError if a record does not fit its schema."""

    def __init__(self, topic: Topic, registry: Registry) -> None:
        self._schema = fastavro.parse_schema(schema_of(topic))
        self._prefix = PREFIX.pack(MAGIC, registry.id_of(topic))
        self._write = flat_writer(schema_of(topic), self._prefix) or self._write_any

    def __call__(self, record: Record) -> bytes:
        try:
            return self._write(record)
        except Exception:  # the general writer accepts more types, or says what does not fit
            return self._write_any(record)

    def _write_any(self, record: Record) -> bytes:
        out = io.BytesIO()
        out.write(self._prefix)
        try:
            fastavro.schemaless_writer(out, self._schema, record)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"record does not fit its schema: {type(error).__name__}") from error
        return out.getvalue()


def split_frame(frame: bytes | None) -> tuple[int, bytes]:
    """The schema id and Avro body of one framed record. Raises Undecodable."""
    if frame is None:
        raise Undecodable("the record has no value (a tombstone)")
    if len(frame) > LARGE_RECORD_BYTES:
        raise Undecodable(f"the record has {len(frame):,} bytes, more than {LARGE_RECORD_BYTES:,}")
    if len(frame) < PREFIX.size:
        raise Undecodable(f"the record has {len(frame)} bytes, fewer than the 5 of a frame")
    magic, schema_id = PREFIX.unpack_from(frame)
    if magic != MAGIC:
        raise Undecodable(f"the first byte is {magic}, not 0: not Confluent's wire format")
    return schema_id, frame[PREFIX.size :]


def decode(frame: bytes | None, registry: Registry, reader: Topic | None = None) -> Record:
    """One record as a dict, resolved to the schema of `reader` if it is given.

    Raises Undecodable for invalid bytes, UnknownSchema for an id that is unknown or whose schema
    is refused, and RegistryUnavailable.
    """
    schema_id, body = split_frame(frame)
    return decode_body(body, registry.schema_of(schema_id), reader)


def decode_body(body: bytes, writer: Schema, reader: Topic | None = None) -> Record:
    """One Avro body, without its frame, as a dict. Raises Undecodable, also if bytes remain."""
    stream = io.BytesIO(body)
    try:
        record = fastavro.schemaless_reader(
            stream, _parsed(_Key(writer)), _parsed(_Key(schema_of(reader))) if reader else None
        )
    except Exception as error:  # fastavro raises many types for invalid bytes
        raise Undecodable(f"not a record of the schema: {type(error).__name__}") from None
    left = len(body) - stream.tell()
    if left:
        raise Undecodable(f"{left} bytes are left over after the record")
    if not isinstance(record, dict):
        raise Undecodable("the schema is not a record schema")
    return record


class _Key:
    """A key to cache parsed schemas by the identity of their dict, which registries keep."""

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
