"""Converts a body to the canonical shape, and reads the values in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from producer.normalise.change import change_events
from producer.normalise.dead_letter import NOT_UNDERSTOOD, NOTHING_INSIDE, dead_letter
from producer.normalise.event import Event, Json
from producer.normalise.forwarded_envelope import AROUND, forwarded, most_elements
from producer.normalise.lists import IN_A_VALUE, check_count, list_events
from producer.normalise.readers import instant, joined, label, take, word
from producer.normalise.replay_envelope import change_body, entry_body
from producer.normalise.scope import Scope, split_unknown
from producer.providers import PROVIDERS, recognised
from producer.providers.canonical import OBJECT, is_flat
from settings.dialects import CANONICAL


def body_events(scope: Scope, body: Any, dialect: str) -> list[Event]:
    """All events of a body, at least one; it may be a dead letter.

    `dialect` is the configured one; it decides only between shapes that look alike. Raises
    TooMany.
    """
    if isinstance(body, list):
        if not body:
            return [dead_letter(scope, NOTHING_INSIDE, body)]
        return _collect(scope, (_object_events(scope, item, dialect) for item in body))
    return _object_events(scope, body, dialect)


def _object_events(scope: Scope, body: Any, dialect: str) -> list[Event]:
    if not isinstance(body, dict):
        if (found := forwarded(body)) is not None:
            return _forwarded_events(scope, *found)
        own = [body] if isinstance(body, list) else None  # a bare list would be read as its items
        return [dead_letter(scope, NOT_UNDERSTOOD, body, body=own)]
    recognised_as = recognised(body, dialect)
    if recognised_as is None:
        if (found := forwarded(body)) is not None:
            return _forwarded_events(scope, *found)
        return [dead_letter(scope, NOT_UNDERSTOOD if body else NOTHING_INSIDE, body)]
    provider = PROVIDERS[recognised_as]
    if (note := provider.other_product(body)) is not None:
        return [dead_letter(scope, NOT_UNDERSTOOD, body, note)]
    return _canonical_events(scope.but(dialect=recognised_as), provider.to_canonical(body))


def _forwarded_events(scope: Scope, envelope: Json, around: Json) -> list[Event]:
    """The events of an envelope in another body. What is around it is kept with each element, or
    once if that takes too much."""
    scope = scope.but(dialect=CANONICAL)
    kept = {AROUND: around} if around else {}
    small, large = split_unknown(kept, most_elements(envelope))
    events = _canonical_events(scope.with_beside(small), envelope)
    return events + change_events(scope, None, large) if large else events


def _canonical_events(scope: Scope, body: Json) -> list[Event]:
    """The events of a body that is an envelope or a part of one: an entry, change or value."""
    if isinstance(body.get("entry"), dict | list):
        return _envelope_events(scope, body)
    if isinstance(body.get("changes"), dict | list):
        return _entry_events(scope, body, None)
    if "field" in body and isinstance(body.get("value"), dict):
        return _change_of(scope, body, None)
    if is_flat(body):
        return list_events(scope, body) or [dead_letter(scope, NOT_UNDERSTOOD, body)]
    return change_events(scope, field_name(body.get("field")), body)


def _envelope_events(scope: Scope, body: Json) -> list[Event]:
    entries = body["entry"] if isinstance(body["entry"], list) else [body["entry"]]
    unknown = _unknown(body, "entry")
    field = take(unknown, "field", field_name)
    small, large = split_unknown(unknown, apart=IN_A_VALUE)
    scope = scope.with_beside(small)
    events = _collect(scope, (_entry_events(scope, entry, field) for entry in entries))
    if large:
        events += change_events(scope.but(beside=None), field, large)
    return events or [dead_letter(scope, NOTHING_INSIDE, body)]


def _entry_events(scope: Scope, entry: Any, field: str | None) -> list[Event]:
    """The events of an entry. `field` is the envelope's, for changes that name no field."""
    if not isinstance(entry, dict):
        return [dead_letter(scope, NOT_UNDERSTOOD, entry, body=entry_body(entry))]
    unknown = _unknown(entry, "changes")
    scope = scope.but(waba_id=take(unknown, "id", label), entry_time=take(unknown, "time", instant))
    changes = entry.get("changes")
    if isinstance(changes, dict):
        changes = [changes]
    if not isinstance(changes, list) or not changes:
        reason = NOT_UNDERSTOOD if unknown else NOTHING_INSIDE
        return [dead_letter(scope, reason, entry, body=entry_body(entry))]
    field = take(unknown, "field", field_name) or field
    small, large = split_unknown(unknown, apart=IN_A_VALUE)
    scope = scope.with_beside(small)
    events = _collect(scope, (_change_of(scope, change, field) for change in changes))
    if large:
        events += change_events(scope.but(beside=None), field, large)
    return events


def _change_of(scope: Scope, change: Any, field: str | None) -> list[Event]:
    if not isinstance(change, dict) or not isinstance(change.get("value"), dict):
        return [dead_letter(scope, NOT_UNDERSTOOD, change, body=change_body(scope, change))]
    value = change["value"]
    unknown = _unknown(change, "value")
    field = take(unknown, "field", field_name) or field or field_name(value.get("field"))
    return change_events(scope, field, joined(value, unknown) if unknown else value)


def _collect(scope: Scope, parts: Iterable[list[Event]]) -> list[Event]:
    events: list[Event] = []
    for part in parts:
        events += part
        check_count(scope, len(events))
    return events


def field_name(value: Any) -> str | None:
    """The name of a webhook field; None if it is not a short text."""
    return label(word(value))


def _unknown(envelope: Json, inside: str) -> Json:
    """The keys of an envelope without its content (`inside`) and its constant `object`."""
    return {
        key: item
        for key, item in envelope.items()
        if key != inside and (key != "object" or item != OBJECT)
    }
