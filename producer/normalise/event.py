"""The normaliser's result: records for topics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schemas.topics import Topic

Json = dict[str, Any]
Cards = tuple[Json, ...]


@dataclass(slots=True)  # frozen, it would take three times as long to create
class Event:
    """One record for one topic.

    `record` has every column of the topic's schema; instants are microseconds since 1970 (UTC).
    `key` is the Kafka key: the message id, or None if the event has none. `contacts` are the
    contact cards, as sent, whose content is in the record.
    """

    topic: Topic
    key: bytes | None
    record: Json
    contacts: Cards = field(default=(), compare=False, repr=False)
