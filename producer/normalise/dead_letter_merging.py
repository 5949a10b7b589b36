"""Bounds the number of dead letters of one body: many of one reason become one that keeps all."""

from __future__ import annotations

from collections import Counter

from producer.normalise.dead_letter import dead_bytes
from producer.normalise.event import Event
from producer.normalise.scope import UNKNOWN, Scope
from schemas.topics import DEAD_LETTERS

# More broken parts of one reason than any provider sends in one body.
MOST = 100


def merged(scope: Scope, events: list[Event]) -> list[Event]:
    """The events, with one dead letter in place of those of a reason that are more than MOST.

    Its payload is a list of theirs, which is a body too: a replay gives the events of each or,
    if they still cannot be read, the same dead letter.
    """
    if len(events) <= MOST:
        return events
    reasons = Counter(e.record["reason"] for e in events if e.topic is DEAD_LETTERS)
    many = {reason for reason, count in reasons.items() if count > MOST}
    if not many:
        return events
    kept = [e for e in events if e.topic is not DEAD_LETTERS or e.record["reason"] not in many]
    return [_one(scope, events, reason) for reason in sorted(many)] + kept


def _one(scope: Scope, events: list[Event], reason: str) -> Event:
    letters = [e for e in events if e.topic is DEAD_LETTERS and e.record["reason"] == reason]
    dialects = {letter.record["dialect"] for letter in letters}
    scope = scope.but(dialect=dialects.pop() if len(dialects) == 1 else UNKNOWN)
    payload = b"[" + b",".join(_item(letter.record["payload"]) for letter in letters) + b"]"
    return dead_bytes(scope, reason, payload, f"{len(letters)} parts of one body")


def _item(payload: bytes) -> bytes:
    """A payload as items of a list: one that is a list already has its items."""
    return payload[1:-1] if payload.startswith(b"[") else payload
