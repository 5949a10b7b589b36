"""Recognises the shape of a body and walks to the values in it."""

from __future__ import annotations

from typing import Any

from producer.normalise.change import change_events, field_of, flat_events
from producer.normalise.deadletter import NOT_UNDERSTOOD, NOTHING_INSIDE, dead_letter
from producer.normalise.event import Event, Json
from producer.normalise.scope import CLOUD, ENGAGELAB, ONPREM, Scope, split
from producer.normalise.values import identifier, instant, word

OBJECT = "whatsapp_business_account"
FLAT_KEYS = frozenset(("statuses", "messages", "errors", "contacts"))


def body_events(scope: Scope, body: Any, dialect: str) -> list[Event]:
    """All events of a body: at least one, be it a dead letter.

    `dialect` is the configured one; it decides only between shapes that look alike.
    """
    if isinstance(body, list):
        if not body:
            return [dead_letter(scope, NOTHING_INSIDE, body)]
        return [event for item in body for event in _object_events(scope, item, dialect)]
    return _object_events(scope, body, dialect)


def _object_events(scope: Scope, body: Any, dialect: str) -> list[Event]:
    if not isinstance(body, dict):
        return [dead_letter(scope, NOT_UNDERSTOOD, body)]
    cloud = scope.but(dialect=CLOUD)
    if isinstance(body.get("entry"), dict | list):
        return _envelope_events(cloud, body)
    if isinstance(body.get("changes"), dict | list):
        return _entry_events(cloud, body, None)
    if "field" in body and isinstance(body.get("value"), dict):
        return _change_of(cloud, body, None)
    if FLAT_KEYS & body.keys():
        if isinstance(body.get("metadata"), dict):
            return change_events(cloud, word(body.get("field")), body)
        return flat_events(scope.but(dialect=_flat_dialect(body, dialect)), body)
    if field_of(body):
        return change_events(cloud, word(body.get("field")), body)
    return [dead_letter(scope, NOT_UNDERSTOOD if body else NOTHING_INSIDE, body)]


def _flat_dialect(body: Json, dialect: str) -> str:
    return ENGAGELAB if "business_phone" in body or dialect == ENGAGELAB else ONPREM


def _envelope_events(scope: Scope, body: Json) -> list[Event]:
    entries = body["entry"] if isinstance(body["entry"], list) else [body["entry"]]
    unknown = _unknown(body, "entry")
    field = word(unknown.pop("field", None))
    small, large = split(unknown)
    scope = scope.with_beside(small)
    events = [event for entry in entries for event in _entry_events(scope, entry, field)]
    if large:
        events += change_events(scope.but(beside=None), field, large)
    return events or [dead_letter(scope, NOTHING_INSIDE, body)]


def _entry_events(scope: Scope, entry: Any, field: str | None) -> list[Event]:
    """`field` is the one named around the entry, where the change names none."""
    if not isinstance(entry, dict):
        return [dead_letter(scope, NOT_UNDERSTOOD, entry)]
    unknown = _unknown(entry, "changes")
    scope = scope.but(
        waba_id=identifier(unknown.pop("id", None)),
        entry_time=instant(unknown.pop("time", None)),
    )
    changes = entry.get("changes")
    if isinstance(changes, dict):
        changes = [changes]
    if not isinstance(changes, list) or not changes:
        return [dead_letter(scope, NOT_UNDERSTOOD if unknown else NOTHING_INSIDE, entry)]
    field = word(unknown.pop("field", None)) or field
    small, large = split(unknown)
    scope = scope.with_beside(small)
    events = [event for change in changes for event in _change_of(scope, change, field)]
    if large:
        events += change_events(scope.but(beside=None), field, large)
    return events


def _change_of(scope: Scope, change: Any, field: str | None) -> list[Event]:
    if not isinstance(change, dict) or not isinstance(change.get("value"), dict):
        return [dead_letter(scope, NOT_UNDERSTOOD, change)]
    value = change["value"]
    unknown = _unknown(change, "value")
    field = word(unknown.pop("field", None)) or field or word(value.get("field"))
    return change_events(scope, field, {**unknown, **value} if unknown else value)


def _unknown(envelope: Json, inside: str) -> Json:
    """The keys of an envelope beside what it wraps and beside its constant `object`."""
    return {
        key: item
        for key, item in envelope.items()
        if key != inside and (key != "object" or item != OBJECT)
    }
