"""The topics, each with its Avro schema and, if it lands, its table."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

Schema = dict[str, Any]

# A body may have 4 MiB, and all of it can be one message's content or one dead letter.
LARGE_RECORD_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic: its name, the stem of its `.avsc` file, and its table (None: not landed)."""

    name: str
    stem: str
    table: str | None


STATUSES = Topic("whatsapp.statuses", "statuses", "statuses")
MESSAGES = Topic("whatsapp.messages", "messages", "messages")
ERRORS = Topic("whatsapp.errors", "errors", "errors")
ACCOUNT_EVENTS = Topic("whatsapp.account-events", "account-events", "account_events")
SENDS = Topic("whatsapp.sends", "sends", "sends")
RAW = Topic("whatsapp.raw", "raw", None)
DEAD_LETTERS = Topic("whatsapp.dead-letters", "dead-letters", "dead_letters")

TOPICS = (STATUSES, MESSAGES, ERRORS, ACCOUNT_EVENTS, SENDS, RAW, DEAD_LETTERS)
LANDED = tuple(topic for topic in TOPICS if topic.table)
BY_NAME = {topic.name: topic for topic in TOPICS}


@functools.cache
def schema_of(topic: Topic) -> Schema:
    """The topic's Avro schema as written in its `.avsc` file."""
    text = resources.files("schemas").joinpath(f"{topic.stem}.avsc").read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def columns_of(topic: Topic) -> tuple[str, ...]:
    """Names of the schema's fields, in order."""
    return tuple(field["name"] for field in schema_of(topic)["fields"])
