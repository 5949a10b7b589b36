"""A schema registry in this process that knows our schemas and hostile ones of other writers."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from schemas.confluent import ConfluentRegistry
from schemas.topics import TOPICS, Topic, schema_of
from tests.fuzz.mutations import Mutator, bytes_changed
from tests.fuzz.values import scalar
from tests.support.records import REGISTRY

WRITERS = 12  # hostile schemas of one batch
PLAIN = ("string", "bytes", "long", "int", "boolean", "float", "double", "null")
ODD: tuple[Any, ...] = (
    *({"type": "array", "items": "null"}, {"type": "map", "values": "long"}, ["null", "null"]),
    *({"type": "fixed", "name": "F", "size": 2**40}, {"type": "enum", "symbols": ["A"]}),
    *({"type": "record", "name": "R", "fields": []}, {"type": {"type": "string"}}, [], {}, None),
    *({"type": "long", "logicalType": "timestamp-millis"}, {"type": "int", "logicalType": "date"}),
    *({"type": "bytes", "logicalType": "decimal", "precision": 2**31}, ["long", "null"]),
    *({"type": "string", "logicalType": "uuid"}, ["null", "string", "long"], "Status"),
    {"type": "long", "logicalType": "timestamp-micros"},
)  # fmt: skip
WORDS = ("type", "name", "fields", "namespace", "default", "aliases", "doc", "logicalType", "items")


def _copy(topic: Topic) -> Any:
    return json.loads(json.dumps(schema_of(topic)))


_MUTATOR = Mutator(WORDS, lambda chance: _copy(chance.choice(TOPICS)))


def hostile_schema(topic: Topic, chance: Random) -> str:
    """The text of a schema: ours after a few changes, which it may or may not survive."""
    schema = _copy(topic)
    fields = schema["fields"]
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        field = chance.choice(fields) if fields else {"name": "x", "type": "long"}
        action = chance.randrange(8)
        if action == 0:
            chance.shuffle(fields)
        elif action == 1 and fields:
            fields.remove(field)
        elif action == 2:
            name = chance.choice(("x", "event_id", "_", "a" * 128, "a" * 129, "é", "", "partition"))
            fields.insert(
                chance.randrange(len(fields) + 1), {"name": name, "type": chance.choice(PLAIN)}
            )
        elif action == 3:
            field["type"] = _promoted(field["type"], chance)
        elif action == 4 and isinstance(field["type"], list) and field["type"]:
            field["type"] = chance.choice((field["type"][::-1], field["type"][-1]))
        elif action == 5 and isinstance(field["type"], str | dict):
            field["type"] = ["null", field["type"]]
        elif action == 6:
            field["type"] = chance.choice((*ODD, *PLAIN))
        else:
            field[chance.choice(WORDS)] = scalar(chance)
    if chance.random() < 0.1:
        schema["name"] = chance.choice(("Message", f"other.{schema['name']}", "a.b.c", "", None))
    if chance.random() < 0.15:
        schema = _MUTATOR.changed(schema, chance)
    text = json.dumps(schema)
    if chance.random() < 0.05:
        return bytes_changed(text.encode(), chance).decode("utf-8", "replace")
    return text


def _promoted(kind: Any, chance: Random) -> Any:
    text = json.dumps(kind)
    one, other = chance.choice((("string", "bytes"), ("bytes", "string"), ("long", "int")))
    return json.loads(text.replace(f'"{one}"', f'"{other}"'))


class Writers(ConfluentRegistry):
    """The registry of one batch. Its answers are made here instead of being fetched by HTTP.

    Ids 1 to WRITERS are hostile schemas for records of the topic.
    """

    def __init__(self, topic: Topic, seed: str) -> None:
        super().__init__("http://registry.test")
        self._topic = topic
        self._seed = seed

    def _get(self, path: str) -> tuple[int, bytes]:
        if path == "config":
            return 200, b"{}"
        schema_id = int(path.rpartition("/")[2])
        for topic in TOPICS:
            if REGISTRY.id_of(topic) == schema_id:
                return 200, json.dumps({"schema": json.dumps(schema_of(topic))}).encode()
        if not 0 < schema_id <= WRITERS:
            return 404, b"{}"
        chance = Random(f"schema {self._seed} {schema_id}")
        return self._answer(hostile_schema(self._topic, chance), chance)

    def _answer(self, text: str, chance: Random) -> tuple[int, bytes]:
        drawn = chance.random()
        if drawn < 0.03:
            return chance.choice((400, 404, 410, 500, 503)), b"odd"
        answer: dict[str, Any] = {"schema": text}
        if drawn < 0.06:
            answer["schemaType"] = chance.choice(("AVRO", "JSON", "PROTOBUF", None, 1))
        elif drawn < 0.08:
            answer["schema"] = chance.choice(
                (None, 1, [], {}, "", "[" * 5_000, '"string"', "x" * 70_000)
            )
        return 200, json.dumps(answer).encode()
