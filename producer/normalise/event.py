"""What the normaliser makes of a payload: records on their way to a topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.topics import Topic

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One record for one topic.

    `record` has every column of the topic's schema, instants as integer microseconds UTC.
    `key` is the Kafka key: the message id where there is one.
    """

    topic: Topic
    key: bytes | None
    record: Json
