"""Webhook posts with known facts. The k-th post of a seed is the same in every run."""

from __future__ import annotations

import json
import random
import tomllib
import uuid
from dataclasses import dataclass
from typing import Any

from bluetick.simulator.poster import headers
from producer.normalise import normalise
from settings.sources import Config, Source

SECRET = "chaos-secret"
NUMBER = "15550001111"
CONFIG = f"""
[sources.cloud]
dialect = "cloud"
auth = "hmac"
app_secrets = ["{SECRET}"]

[sources.flat]
dialect = "onprem"
auth = "basic"
username = "chaos"
password = "{SECRET}"
business_number = "{NUMBER}"
"""
SOURCES = tuple(Config.model_validate(tomllib.loads(CONFIG)).sources.values())
FIRST_SECOND = 1_790_000_000
SHUFFLED = 400  # facts among which the next one is drawn: they arrive out of order
REMEMBERED = 1_000  # facts and bodies that may be sent again
TEXT = "a text"
STATUSES = ("sent", "delivered", "read")

Fact = tuple[str, dict[str, Any]]  # its place in a payload, and the element itself


@dataclass(frozen=True, slots=True)
class Post:
    """One POST: its source, bytes and headers, and the ids of its events."""

    source: str
    body: bytes
    headers: dict[str, str]
    events: frozenset[bytes]


class Traffic:
    """Makes posts: single facts, batches, repeated bodies, and old facts in new batches."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(f"traffic {seed}")
        self._made = 0
        self._fresh: dict[str, list[Fact]] = {source.name: [] for source in SOURCES}
        self._old: dict[str, list[Fact]] = {source.name: [] for source in SOURCES}
        self._posts: list[Post] = []

    def next_post(self) -> Post:
        """The next post; about one in ten repeats an earlier one byte for byte."""
        if self._posts and self._chance.random() < 0.1:
            return self._chance.choice(self._posts)
        source = self._chance.choices(SOURCES, weights=(3, 1))[0]
        facts = [self._draw(source.name) for _ in range(self._size())]
        old = self._old[source.name]
        if old and self._chance.random() < 0.25:
            facts += self._chance.sample(old, min(len(old), self._chance.randint(1, 10)))
            self._chance.shuffle(facts)
        for fact in facts:
            self._remember(old, fact)
        post = make_post(source, facts)
        self._remember(self._posts, post)
        return post

    def _size(self) -> int:
        kind = self._chance.random()
        if kind < 0.5:
            return 1
        return self._chance.randint(2, 20) if kind < 0.85 else self._chance.randint(50, 300)

    def _remember(self, memory: list[Any], item: Any) -> None:
        if len(memory) < REMEMBERED:
            memory.append(item)
        else:
            memory[self._chance.randrange(REMEMBERED)] = item

    def _draw(self, source: str) -> Fact:
        pool = self._fresh[source]
        while len(pool) < SHUFFLED:
            pool += self._make()
        pick = self._chance.randrange(len(pool))
        pool[pick], pool[-1] = pool[-1], pool[pick]
        return pool.pop()

    def _make(self) -> list[Fact]:
        """The facts of one message, or one other event."""
        number = self._made
        self._made += 1
        kind = self._chance.random()
        second = str(FIRST_SECOND + number)
        person = f"1555{number % 10_000_000:07d}"
        name = f"wamid.{self._seed}.{number}"
        if kind < 0.12:
            return _conversation(person, name, second, deleted=number % 3 == 0)
        if kind < 0.15:
            return [("messages", {"id": name, "timestamp": "not a time", "from": person})]
        status = {"id": name, "recipient_id": person, "timestamp": second}
        if kind < 0.2:
            errors = [{"code": 131026, "title": "Message undeliverable"}]
            return [("statuses", {**status, "status": "failed", "errors": errors})]
        return [("statuses", {**status, "status": value}) for value in STATUSES]


def _conversation(person: str, name: str, second: str, *, deleted: bool) -> list[Fact]:
    """A text, and its deletion."""
    inbound = {"from": person, "id": name, "timestamp": second}
    facts: list[Fact] = [("messages", {**inbound, "type": "text", "text": {"body": TEXT}})]
    if deleted:
        gone = {"type": "revoke", "revoke": {"original_message_id": name}}
        facts.append(("messages", {**inbound, "id": f"{name}.deleted", **gone}))
    return facts


def make_post(source: Source, facts: list[Fact]) -> Post:
    """The facts in one signed body of the source's dialect."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for name, element in facts:
        lists.setdefault(name, []).append(element)
    payload: dict[str, Any] = lists if source.dialect == "onprem" else _envelope(lists)
    body = json.dumps(payload).encode()
    return Post(source.name, body, headers(source, body), events_of(source, body))


def events_of(source: Source, body: bytes, received_at: int = 0) -> frozenset[bytes]:
    """The ids of the events of the body, as 16 bytes each."""
    events = normalise(
        body,
        source=source.name,
        dialect=source.dialect,
        business_number=source.business_number,
        received_at=received_at,
    )
    return frozenset(uuid.UUID(event.record["event_id"]).bytes for event in events)


def _envelope(lists: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": NUMBER, "phone_number_id": "106540352242922"},
        **lists,
    }
    entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}
