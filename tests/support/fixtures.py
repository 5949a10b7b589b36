"""Payload fixtures and their expected events, as pairs of files.

`tests/fixtures/<dialect>/<case>.json`, or `<case>.form` for a form, is a POST body, byte for byte.
`<case>.events.json` beside it has the expected events:

    {"arguments": {"dialect": "cloud", "business_number": null},
     "features": ["reply context"],
     "common": {"dialect": "cloud", "waba_id": "1023"},
     "events": [{"topic": "statuses", "record": {"status": "sent", …}}]}

`arguments` are those of `normalise`, each with a default. `features` are names from
`tests.support.features`; status values, message types and account fields need not be named.
`common` has the columns that all records share, if their topic has them.

A record lists its columns that are not null. Instants are ISO text. JSON columns and the payload of
a dead letter are parsed. `event_id`, `content_hash`, `source` and `received_at` are left out,
because other tests check them. `key` is left out if it equals the message id.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from producer.normalise import normalise
from producer.normalise.event import Event
from schemas.topics import TOPICS, columns_of

ROOT = Path(__file__).parent.parent / "fixtures"
SUFFIX = ".events.json"
MEDIA_TYPES = {".json": "application/json", ".form": "application/x-www-form-urlencoded"}
RECEIVED_AT = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()) * 1_000_000

LEFT_OUT = ("event_id", "content_hash", "source", "received_at")
INSTANTS = ("occurred_at", "conversation_expires_at")
JSON_COLUMNS = ("content", "extra", "value")
TABLES = {topic.table or topic.stem: topic for topic in TOPICS}

Json = dict[str, Any]


@dataclass(frozen=True)
class Fixture:
    """One pair of files."""

    dialect: str
    case: str
    body: bytes
    media_type: str
    arguments: Json
    features: tuple[str, ...]
    common: Json
    events: tuple[Json, ...]

    def __str__(self) -> str:
        return f"{self.dialect}/{self.case}"

    def normalise(self) -> list[Event]:
        """The events that the normaliser makes of this fixture's body."""
        defaults = {"source": "test", "dialect": "auto", "business_number": None}
        return normalise(self.body, **{**defaults, **self.arguments}, received_at=RECEIVED_AT)

    def expected(self) -> list[Json]:
        """The events in the form of `shown`, with the common columns filled in."""
        return [_complete(event, self.common) for event in self.events]


@cache
def load() -> tuple[Fixture, ...]:
    """Every pair in `tests/fixtures`, by name. Raises if one file of a pair is missing."""
    fixtures = []
    for path in sorted(ROOT.glob(f"*/*{SUFFIX}")):
        case = path.name.removesuffix(SUFFIX)
        try:
            found = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        (body,) = bodies(path.parent, case)
        fixtures.append(
            Fixture(
                dialect=path.parent.name,
                case=case,
                body=body.read_bytes(),
                media_type=MEDIA_TYPES[body.suffix],
                arguments=found.get("arguments", {}),
                features=tuple(found.get("features", ())),
                common=found.get("common", {}),
                events=tuple(found["events"]),
            )
        )
    return tuple(fixtures)


def bodies(folder: Path, case: str = "*") -> list[Path]:
    """The files of bodies in a folder of fixtures."""
    found = (path for kind in MEDIA_TYPES for path in folder.glob(f"{case}{kind}"))
    return sorted(path for path in found if not path.name.endswith(SUFFIX))


def shown(event: Event) -> Json:
    """An event in the form of an expected file, with all columns."""
    record = {
        column: _shown(column, value)
        for column, value in event.record.items()
        if value is not None and column not in LEFT_OUT
    }
    key = event.key.decode() if event.key is not None else None
    return {"topic": event.topic.table or event.topic.stem, "key": key, "record": record}


def _shown(column: str, value: Any) -> Any:
    if column in INSTANTS:
        return datetime.fromtimestamp(value / 1_000_000, UTC).isoformat().replace("+00:00", "Z")
    if column in JSON_COLUMNS:
        return json.loads(value)
    if column == "payload":
        try:
            return json.loads(value)
        except ValueError:
            return value.decode("utf-8", "replace")
    return value


def _complete(event: Json, common: Json) -> Json:
    columns = columns_of(TABLES[event["topic"]])
    record = {name: value for name, value in common.items() if name in columns} | event["record"]
    record = {
        name: value for name, value in record.items() if value is not None or name == "payload"
    }
    return {
        "topic": event["topic"],
        "key": event.get("key", record.get("message_id")),
        "record": record,
    }
