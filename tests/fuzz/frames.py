"""The Kafka records to read: the same ones for the same seed and number."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from random import Random
from typing import Any

import fastavro

from schemas.codec import PREFIX
from schemas.registry_errors import RegistryUnavailable, UnknownSchema
from schemas.topics import LANDED, RAW, Topic, schema_of
from tests.fuzz.mutations import bytes_changed
from tests.fuzz.values import NUMBERS, TEXTS, text
from tests.fuzz.writers import WRITERS, Writers
from tests.support.batches import zigzag
from tests.support.records import NOW_US, REGISTRY, event, framed

BATCH = 100
IDS = (0, 13, 2**31 - 1, 2**31, 2**32 - 1)  # that no registry knows
NOTHING_LIKE_IT = (None, b"", b"\0", b"\0\0\0\0", b"\1\0\0\0\1", b"\0" * 5, b"\0" * 60_000)
USUAL = event(RAW)  # which has the columns that all topics share
LAST_US = 4_102_444_800_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """The value of a record, and the event if it is a valid one, which must become a row."""

    value: bytes | None
    event: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Frames:
    """A batch of one topic: its registry, and a frame for each number."""

    topic: Topic
    registry: Writers
    frames: dict[int, Frame]


def batch_of(seed: int, number: int) -> Frames:
    """The batch that this number belongs to."""
    first = number - number % BATCH
    chance = Random(f"batch {seed} {first}")
    topic = chance.choice(LANDED)
    registry = Writers(topic, f"{seed} {first}")
    frames = {}
    for each in range(first, first + BATCH):
        frames[each] = _frame(topic, registry, Random(f"record {seed} {each}"))
    return Frames(topic, registry, frames)


def _frame(topic: Topic, registry: Writers, chance: Random) -> Frame:
    drawn = chance.random()
    if drawn < 0.25:
        return _foreign(registry, chance)
    if drawn < 0.27:
        return Frame(chance.choice(NOTHING_LIKE_IT))
    record = _event(topic, chance)
    value = framed(topic, record)
    if drawn < 0.65:
        return Frame(value, record)
    body = value[PREFIX.size :]
    if drawn < 0.7:
        return Frame(PREFIX.pack(0, chance.choice(IDS)) + body)
    if drawn < 0.73:
        other = chance.choice((*LANDED, RAW))
        return Frame(
            PREFIX.pack(0, REGISTRY.id_of(other)) + body, record if other is topic else None
        )
    if drawn < 0.8:
        return Frame(value[: chance.randrange(len(value))])
    if drawn < 0.83:
        return Frame(value + chance.randbytes(chance.choice((1, 5, 400))))
    if drawn < 0.86:
        return Frame(value[: PREFIX.size] + chance.randbytes(chance.choice((1, 40, 300, 60_000))))
    if drawn < 0.9:
        at = chance.randrange(PREFIX.size, len(value))
        size = zigzag(chance.choice((-1, -(2**62), 2**31, 2**40, 2**62, 2**63 - 1)))
        return Frame(value[:at] + size + value[at:])
    return Frame(value[: PREFIX.size] + _flipped(body, chance))


def _flipped(body: bytes, chance: Random) -> bytes:
    if chance.random() < 0.3:
        return bytes_changed(body, chance)
    changed = bytearray(body)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _event(topic: Topic, chance: Random) -> dict[str, Any]:
    """A valid event, with odd values in every column where they are allowed."""
    odd = {}
    for field in schema_of(topic)["fields"]:
        name, kind = field["name"], field["type"]
        if chance.random() < 0.4 or (not isinstance(kind, list) and name not in USUAL):
            odd[name] = _valid(name, kind, chance)
    return event(topic, **{"event_id": str(uuid.UUID(int=chance.getrandbits(128))), **odd})


def _valid(name: str, kind: Any, chance: Random) -> Any:
    if isinstance(kind, list):
        return None if chance.random() < 0.2 else _valid(name, kind[-1], chance)
    logical = kind.get("logicalType") if isinstance(kind, dict) else None
    plain = kind["type"] if isinstance(kind, dict) else kind
    if logical == "uuid":
        return str(uuid.UUID(int=chance.choice((0, 2**128 - 1, chance.getrandbits(128)))))
    if logical == "timestamp-micros":
        return chance.choice((0, 1, NOW_US, LAST_US - 1, chance.randrange(LAST_US)))
    if plain == "string":
        found = chance.choice(
            (chance.choice(TEXTS), text(chance), "x" * chance.choice((200, 20_000)))
        )
        return found.encode("utf-8", "replace").decode()
    if plain == "long":
        return chance.choice(
            [item for item in NUMBERS if isinstance(item, int) and -(2**63) <= item < 2**63]
        )
    return chance.random() < 0.5 if plain == "boolean" else chance.randbytes(chance.randrange(60))


def _foreign(registry: Writers, chance: Random) -> Frame:
    """A record of another writer: valid for its schema if that is accepted, or of any bytes."""
    schema_id = chance.randrange(1, WRITERS + 1)
    try:
        writer = registry.schema_of(schema_id)
    except (UnknownSchema, RegistryUnavailable):
        return Frame(PREFIX.pack(0, schema_id) + chance.randbytes(chance.choice((0, 40, 300))))
    out = io.BytesIO()
    record = {field["name"]: _any(field["type"], chance) for field in writer["fields"]}
    fastavro.schemaless_writer(out, {**writer, "name": "Written"}, record)
    body = out.getvalue()
    return Frame(
        PREFIX.pack(0, schema_id) + (_flipped(body, chance) if chance.random() < 0.2 else body)
    )


def _any(kind: Any, chance: Random) -> Any:
    """A value of a plain type that need not be valid for our schema."""
    if isinstance(kind, list):
        other = next(branch for branch in kind if branch != "null")
        return None if chance.random() < 0.3 else _any(other, chance)
    logical = kind.get("logicalType") if isinstance(kind, dict) else None
    plain = kind["type"] if isinstance(kind, dict) else kind
    if logical == "uuid" or (plain in ("string", "bytes") and chance.random() < 0.3):
        found: Any = str(uuid.UUID(int=chance.getrandbits(128)))
    else:
        found = (
            chance.choice((chance.choice(TEXTS), text(chance))).encode("utf-8", "replace").decode()
        )
    if plain == "bytes":
        return chance.choice((found.encode(), chance.randbytes(20)))
    if plain == "string":
        return found
    if plain in ("long", "int"):
        bits = 63 if plain == "long" else 31
        return chance.choice(
            (0, NOW_US % 2**bits, -(2**bits), 2**bits - 1, chance.getrandbits(bits))
        )
    if plain == "boolean":
        return chance.random() < 0.5
    return (
        chance.choice((0.0, -0.0, 1e300, float("nan"), float("inf"), 0.5))
        if plain == "double"
        else 0.5
    )
