"""Decodes Kafka records to columns: fast for valid batches, record by record for others."""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import fastavro
import polars as pl

from schemas.codec import Undecodable, decode_body, split_frame
from schemas.content_hash import MASK
from schemas.registry import Registry
from schemas.registry_errors import RefusedSchema, UnknownSchema
from schemas.topics import Schema, Topic, schema_of

# A part with a broken record is read one by one if it has at most this many: slow but exact.
SINGLES = 256
# After this many parts that do not decode, all records are read one by one, because the columnar
# reader writes several lines to the log for each failure.
FAILURES = 16
EVENT_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
EARLIEST_US = 0
LATEST_US = 4_102_444_800_000_000  # 2100-01-01
NUL, INSTEAD_OF_NUL = "\0", "\N{REPLACEMENT CHARACTER}"
# The reasons of the consumer's dead letters; the receiver has other reasons.
POISON_REASONS = (
    "undecodable",
    "unknown_schema",
    "wrong_schema",
    "invalid_values",
    "unlandable",
    "too_large",
    "unreadable_batch",
)
# For these reasons, the dead letter holds only the start of the record, or nothing.
NOT_WHOLE = frozenset(("too_large", "unreadable_batch"))
# event_id is the first field of every schema: its length (36, zigzag) and its text.
_ID_START, _ID_END = 1, 37


@dataclass(frozen=True, slots=True)
class Unlandable:
    """Why a record is poison although it was not decoded: one of POISON_REASONS, and a text."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record of a landed topic; `timestamp` is Kafka's, in microseconds since 1970.

    With a refusal, `value` may be only the start of the record in Kafka. `trace` is the span of its
    POST, if traces are on.
    """

    topic: Topic
    partition: int
    offset: int
    timestamp: int
    value: bytes | None = field(repr=False)
    unlandable: Unlandable | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that cannot become a row, with the reason."""

    record: Record
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """One topic's rows (the columns of its schema, then partition and offset) and its poison."""

    rows: pl.DataFrame
    poison: list[Poison]


@dataclass(frozen=True, slots=True)
class _Framed:
    record: Record
    body: bytes


def decode(topic: Topic, records: Sequence[Record], registry: Registry) -> Decoded:
    """Decodes records of one topic. Each record becomes a row or poison.

    Rows with the same writer schema keep their order. Raises RegistryUnavailable if the registry
    does not answer; the caller tries again, because the registry may answer later.
    """
    poison: list[Poison] = []
    by_schema: dict[int, list[_Framed]] = {}
    for record in records:
        if record.unlandable is not None:
            poison.append(Poison(record, record.unlandable.reason, record.unlandable.detail))
            continue
        try:
            schema_id, body = split_frame(record.value)
        except Undecodable as error:
            poison.append(Poison(record, "undecodable", str(error)))
        else:
            by_schema.setdefault(schema_id, []).append(_Framed(record, body))
    frames = []
    for schema_id, framed in by_schema.items():
        try:
            writer = _writer(topic, registry, schema_id)
        except RefusedSchema as error:
            poison += [Poison(item.record, "wrong_schema", str(error)) for item in framed]
        except UnknownSchema as error:
            poison += [Poison(item.record, "unknown_schema", str(error)) for item in framed]
        else:
            frames += _frames(topic, writer, framed, poison)
    rows = pl.concat(frames) if frames else _empty(topic)
    return Decoded(_checked(topic, rows, records, poison), poison)


def _writer(topic: Topic, registry: Registry, schema_id: int) -> Schema:
    """The schema of this id. Raises UnknownSchema, RefusedSchema and RegistryUnavailable."""
    writer = registry.schema_of(schema_id)
    if writer["name"] != schema_of(topic)["name"]:
        raise RefusedSchema(f"a {writer['name']} record does not belong in this topic")
    return writer


def _frames(
    topic: Topic, writer: Schema, framed: list[_Framed], poison: list[Poison]
) -> list[pl.DataFrame]:
    """The rows of one writer schema: a frame for each part that decodes as a whole.

    A part with a broken record is halved until at most SINGLES records are left; these are read
    one by one. Adds the broken records to `poison`.
    """
    frames, waiting, failures = [], [framed], 0
    while waiting:
        part = waiting.pop()
        frame = None if failures > FAILURES else _columnar(topic, writer, part)
        if frame is not None:
            frames.append(frame)
            continue
        failures += 1
        if len(part) <= SINGLES or failures > FAILURES:
            frames += _singles(topic, writer, part, poison)
        else:
            middle = len(part) // 2
            waiting += [part[middle:], part[:middle]]  # the next one is taken from the end
    return frames


def _columnar(topic: Topic, writer: Schema, framed: list[_Framed]) -> pl.DataFrame | None:
    """All rows at once, or None if any record may be broken.

    Joined Avro bodies of one schema are the data block of an Avro file. Nothing in the block says
    where a record ends, so a broken record could shift the next one. Therefore each decoded
    event_id is compared with the bytes at the start of its own record. The first record is
    repeated at the end, so that the end of the last record is checked too.
    """
    bodies = [item.body for item in framed]
    bodies.append(bodies[0])
    size = sum(map(len, bodies))
    try:
        head = _file_head(writer)
        file = b"".join((head, _zigzag(len(bodies)), _zigzag(size), *bodies, head[-16:]))
        written = {field["name"] for field in writer["fields"]}
        columns = _columns(topic)
        # Fields without a column are not read, because they would use memory.
        ours = [name for name in columns if name in written]
        frame = pl.read_avro(io.BytesIO(file), columns=ours)
        starts = [body[_ID_START:_ID_END].decode("ascii") for body in bodies]
        if frame["event_id"].to_list() != starts:
            return None
        aligned = frame.head(len(framed)).select(
            [
                pl.col(name).cast(kind) if name in written else pl.lit(None, dtype=kind).alias(name)
                for name, kind in columns.items()
            ]
        )
    except (Exception, pl.exceptions.PanicException):
        # Broken bytes can raise anything: polars panics on a length beyond the end. The reader of
        # single records then finds the reason.
        return None
    return _placed(aligned, [item.record for item in framed])


def _singles(
    topic: Topic, writer: Schema, framed: list[_Framed], poison: list[Poison]
) -> list[pl.DataFrame]:
    rows: list[dict[str, Any]] = []
    good: list[Record] = []
    for item in framed:
        try:
            row = decode_body(item.body, writer, topic)
        except Undecodable as error:
            poison.append(Poison(item.record, "undecodable", str(error)))
        else:
            rows.append({k: str(v) if isinstance(v, uuid.UUID) else v for k, v in row.items()})
            good.append(item.record)
    if not rows:
        return []
    return [_placed(pl.DataFrame(rows, schema=_columns(topic)), good)]


def _checked(
    topic: Topic, rows: pl.DataFrame, records: Sequence[Record], poison: list[Poison]
) -> pl.DataFrame:
    """Removes rows that decode but cannot land, and adds them to `poison`.

    A writer's own schema can allow them: a missing field, an invalid event_id or time.
    """
    # A receiver of an earlier version writes longer hashes.
    rows = _without_nul(rows).with_columns(pl.col("content_hash") & MASK)
    low, high = (pl.lit(us).cast(_TIME) for us in (EARLIEST_US, LATEST_US))
    sound = pl.col("event_id").str.contains(EVENT_ID)
    for name in (name for name, kind in _columns(topic).items() if kind == _TIME):
        sound = sound & (pl.col(name).is_between(low, high) | pl.col(name).is_null())
    for name in _required(topic):
        sound = sound & pl.col(name).is_not_null()
    sound = sound.fill_null(False)
    unsound = rows.filter(~sound)
    if unsound.is_empty():
        return rows
    places = {(record.partition, record.offset): record for record in records}
    for place in unsound.select("partition", "offset").iter_rows():
        detail = "event_id is not a UUID, a field is missing, or a time is outside 1970 to 2099"
        poison.append(Poison(places[place], "invalid_values", detail))
    return rows.filter(sound)


def _without_nul(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with U+FFFD instead of each NUL character in texts.

    DuckLake writes the value it looks for into a SQL statement about its files, and the statement
    ends at a NUL. So a query for such a text fails, and the rest of the text could be executed.
    """
    texts = pl.col(pl.String)
    found = rows.select(pl.any_horizontal(texts.str.contains(NUL, literal=True).any())).item()
    if not found:
        return rows
    return rows.with_columns(texts.str.replace_all(NUL, INSTEAD_OF_NUL, literal=True))


def _placed(frame: pl.DataFrame, records: Sequence[Record]) -> pl.DataFrame:
    return frame.with_columns(
        pl.Series("partition", [record.partition for record in records], dtype=pl.Int32),
        pl.Series("offset", [record.offset for record in records], dtype=pl.Int64),
    )


def _empty(topic: Topic) -> pl.DataFrame:
    return _placed(pl.DataFrame(schema=_columns(topic)), [])


_TIME = pl.Datetime("us", "UTC")
_POLARS: dict[str, Any] = {
    "string": pl.String,
    "long": pl.Int64,
    "boolean": pl.Boolean,
    "bytes": pl.Binary,
}


def _required(topic: Topic) -> list[str]:
    fields = schema_of(topic)["fields"]
    return [field["name"] for field in fields if not isinstance(field["type"], list)]


def _columns(topic: Topic) -> dict[str, Any]:
    columns = {}
    for column in schema_of(topic)["fields"]:
        kind = column["type"]
        if isinstance(kind, list):
            (kind,) = (branch for branch in kind if branch != "null")
        if isinstance(kind, dict) and kind.get("logicalType") == "timestamp-micros":
            columns[column["name"]] = _TIME
        else:
            columns[column["name"]] = _POLARS[kind["type"] if isinstance(kind, dict) else kind]
    return columns


def _file_head(writer: Schema) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(writer), [])
    return out.getvalue()


def _zigzag(number: int) -> bytes:
    number <<= 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
