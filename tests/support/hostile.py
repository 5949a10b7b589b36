"""Events that fit their schemas but that no provider would send: odd values in every column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from consumer.decode import EARLIEST_US, LATEST_US
from schemas.topics import (
    ACCOUNT_EVENTS,
    DEAD_LETTERS,
    ERRORS,
    LANDED,
    MESSAGES,
    SENDS,
    STATUSES,
    Topic,
    columns_of,
    schema_of,
)
from tests.support.lake import Lake
from tests.support.records import event
from tests.support.shared import made_once
from tests.support.views import ago

Fields = dict[str, Any]

TEXTS = {
    "empty": "",
    "nul": "a\0b",
    "nul_alone": "\0",
    "no_json": '{"edit":',
    "other_json": '[{"edit":[]},1e999,"\\ud800"]',
    "deep_json": '{"edit":' * 3000,
    "long": "long \N{GRINNING FACE}" * 10_000,
    "sql": "'; DROP TABLE statuses; --\"$1 locked",
    "markup": "![](https://example.com/a.png) <b> ] [(*_~`$x$:red[",
    "digits": "9" * 400,
    "odd": "\N{RIGHT-TO-LEFT OVERRIDE}\N{COMBINING ACUTE ACCENT}\ufffe\U0010ffff\r\n\t\x1b",
}
HUGE = 3_000_000
# So many texts land in one batch: with fewer, the warehouse has more files, which each query reads.
TOGETHER = 3
LONGS = (2**63 - 1, -(2**63), 0, -1)
# Values that views look for, so that a row passes their conditions; None: any odd value.
SEEN: dict[Topic, list[Fields]] = {
    STATUSES: [
        {"kind": "message", "channel": "messages", "status": status} | group
        for group in (
            {"recipient_type": None},
            {"recipient_type": "group"},
            {"recipient_type": "group", "participant_id": None},
        )
        for status in ("sent", "delivered", "read", "failed", "deleted")
    ],
    MESSAGES: [
        {"channel": "messages", "type": kind} for kind in ("text", "edit", "revoke", "reaction")
    ],
    ACCOUNT_EVENTS: [{"event": kind} for kind in ("reaction", "edit", "revoke", "text")],
    DEAD_LETTERS: [{"reason": "malformed_json"}, {"reason": "raw_too_large"}],
    SENDS: [{}],
    ERRORS: [{}],
}


def everywhere(topic: Topic, text: str) -> Iterator[Fields]:
    """Events of a topic with `text` in every text column, and with numbers at their limits.

    The first ones are all of one message and of any time; then each is of its own message and of
    the present time.
    """
    now = int(ago().timestamp() * 1_000_000)
    for number, seen in enumerate([*SEEN[topic], {}]):
        limits = (now, EARLIEST_US, LATEST_US)
        yield _filled(topic, text, number, limits[number % 3]) | seen
    for number, seen in enumerate(SEEN[topic]):
        own = {"message_id": f"{text}{number}"} if "message_id" in columns_of(topic) else {}
        yield _filled(topic, text, number, now) | own | seen


def _filled(topic: Topic, text: str, number: int, time: int) -> Fields:
    """Values for all columns except the event id."""
    values: dict[str, object] = {
        "string": text,
        "long": LONGS[number % len(LONGS)],
        "boolean": number % 2 == 0,
        "bytes": text.encode() + b"\xff\0",
        "timestamp-micros": time,
    }
    return {name: values[kind.rstrip("?")] for name, kind in _kinds(topic) if name != "event_id"}


def one_huge(topic: Topic) -> Iterator[Fields]:
    """Events of a topic with a text of several MB, each in another column."""
    now = int(ago().timestamp() * 1_000_000)
    plain: Fields = {name: "x" for name, kind in _kinds(topic) if kind == "string"}
    plain |= {"occurred_at": now, "received_at": now} | SEEN[topic][0]
    for name, kind in _kinds(topic):
        if kind.startswith("string"):
            yield plain | {name: "x" * HUGE}


def nothing(topic: Topic) -> Iterator[Fields]:
    """Events of a topic with null in every column that allows it."""
    for seen in [*SEEN[topic], {}]:
        required = {name: "x" for name, kind in _kinds(topic) if kind == "string"}
        fields = event(topic, **required) | seen
        yield {name: value for name, value in fields.items() if name != "event_id"}


def every_text(factory: pytest.TempPathFactory) -> Path:
    """Data folder of a warehouse with all TEXTS, for tests that only read it."""

    def make(folder: Path) -> None:
        lake = Lake(folder)
        with lake.connection:
            land(lake, list(TEXTS.values()))

    return made_once(factory, "every_text", make)


def land(lake: Lake, texts: list[str], times: int = 2) -> None:
    """Lands all events, by default twice, so that each event also lands after all deletions."""
    for first in range(0, len(texts), TOGETHER):
        some = texts[first : first + TOGETHER]
        for _ in range(times):
            lake.land_topics({topic: _of_all(topic, some) for topic in LANDED})
    for _ in range(times):
        lake.land_topics({topic: nothing(topic) for topic in LANDED})


def _of_all(topic: Topic, texts: list[str]) -> Iterator[Fields]:
    for text in texts:
        yield from everywhere(topic, text)


def _kinds(topic: Topic) -> Iterator[tuple[str, str]]:
    """The type of the values of each column."""
    for field in schema_of(topic)["fields"]:
        kind = field["type"]
        optional = isinstance(kind, list)
        kind = kind[1] if optional else kind
        logical = kind.get("logicalType", "") if isinstance(kind, dict) else ""
        plain = kind["type"] if isinstance(kind, dict) else kind
        yield field["name"], logical or (f"{plain}?" if optional else plain)
