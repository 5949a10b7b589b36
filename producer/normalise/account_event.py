"""Account events: one for each change or list element that is not a message or a status."""

from __future__ import annotations

from typing import Any

from producer.json_text import dump, dump_text
from producer.normalise.dead_letter import NOT_AN_OBJECT, Unreadable
from producer.normalise.event import Cards, Event, Json
from producer.normalise.identity import content_hash, event_id
from producer.normalise.readers import identifier, instant, joined, word
from producer.normalise.scope import Scope
from schemas.topics import ACCOUNT_EVENTS

Path = tuple[str, ...]

# Paths to the text in a field's value that says what happened. The first one with a text counts.
EVENT_OF_FIELD: dict[str, tuple[Path, ...]] = {
    "account_alerts": (("alert_info", "alert_type"),),
    "account_review_update": (("decision",),),
    "account_settings_update": (("type",),),
    "account_update": (("event",),),
    "business_capability_update": (),
    "business_username_updates": (("status",),),
    "flows": (("event",),),
    "message_template_components_update": (),
    "message_template_quality_update": (("new_quality_score",),),
    "message_template_status_update": (("event",), ("new_quality_score",)),
    "messaging_handovers": (("type",),),
    "partner_solutions": (("event",),),
    "payment_configuration_update": (("status",),),
    "phone_number_name_update": (("decision",),),
    "phone_number_quality_update": (("event",),),
    "phone_number_username_update": (("status",),),
    "security": (("event",),),
    "template_correct_category_detection": (("correct_category",), ("new_category",)),
    "template_category_update": (("correct_category",), ("new_category",)),
}
EVENT_OF_ANY: tuple[Path, ...] = (
    ("event",),
    ("type",),
    ("status",),
    ("decision",),
    ("action",),
    ("new_quality_score",),
)

# Lists whose elements become one event each, and the paths in an element as above.
EVENT_OF_LIST: dict[str, tuple[Path, ...]] = {
    "automatic_events": (("event_name",),),
    "calls": (("event",),),
    "groups": (("type",),),
    "message_echoes": (("type",), ("message", "type")),
    "state_sync": (("action",),),
    "user_actions": (("action_type",),),
    "user_id_update": (),
    "user_preferences": (("value",),),
}
# Lists whose elements have the id of a message or call.
WITH_MESSAGE_ID = frozenset(("automatic_events", "calls", "message_echoes"))


def change_event(scope: Scope, value: Json, *, message_id: str | None = None) -> Event:
    """One event for a whole change. Its time is that of the value, the entry or the receipt.

    `message_id` is the id of the message that the value stood beside.
    """
    paths = EVENT_OF_FIELD.get(scope.field, EVENT_OF_ANY)
    return account_event(scope, value, event=_first(value, paths), message_id=message_id)


def element_event(scope: Scope, kind: str, element: Any) -> Event:
    """The event of an element of a list in EVENT_OF_LIST. Raises Unreadable if not an object."""
    if not isinstance(element, dict):
        raise Unreadable(NOT_AN_OBJECT)
    event = _first(element, EVENT_OF_LIST[kind])
    message_id = identifier(element.get("id")) if kind in WITH_MESSAGE_ID else None
    fact = None
    if message_id is not None:
        fact = [message_id, event, identifier(element.get("status"))]
    return account_event(scope, element, event=event, message_id=message_id, fact=fact)


def account_event(
    scope: Scope,
    value: Json,
    *,
    event: str | None,
    message_id: str | None = None,
    fact: list[Any] | None = None,
) -> Event:
    """An account event with this value.

    Its id is made from field, business number and `fact`. Without a `fact`, the content takes its
    place, with the message's id or else account and time.
    """
    canonical = dump(value)
    if fact is None:
        place = [scope.waba_id, scope.entry_time] if message_id is None else [message_id]
        fact = [*place, canonical.decode()]
    identity = event_id("account", scope.field, scope.number, *fact)
    record = scope.located(identity, content_hash(canonical), _time(scope, value))
    record["field"] = scope.field
    record["event"] = event
    record["message_id"] = message_id
    contacts = _contacts(scope, value)
    record["value"] = dump_text(_with_surroundings(scope, value, contacts))
    return Event(ACCOUNT_EVENTS, message_id.encode() if message_id else None, record, contacts)


def _time(scope: Scope, value: Json) -> int:
    metadata = value.get("metadata")
    inner = metadata.get("timestamp") if isinstance(metadata, dict) else None
    return (
        instant(value.get("timestamp")) or instant(inner) or scope.entry_time or scope.received_at
    )


def _contacts(scope: Scope, value: Json) -> Cards:
    """The contact card of the person that the value is about, if there is one."""
    for phone_key, user_id_key in (
        ("wa_id", "user_id"),
        ("from", "from_user_id"),
        ("to", "to_user_id"),
    ):
        phone, user_id = identifier(value.get(phone_key)), identifier(value.get(user_id_key))
        card = scope.people.card_of(phone, user_id)
        if card:
            return (card,)
    return scope.people.lone.contacts


def _with_surroundings(scope: Scope, value: Json, contacts: Cards) -> Json:
    """The value, with the contact card and the envelope's other keys."""
    added: Json = dict(scope.beside or {})
    if contacts and contacts[0]:
        added["contact"] = contacts[0]
    return joined(value, added) if added else value


def _first(value: Json, paths: tuple[Path, ...]) -> str | None:
    for path in paths:
        found: Any = value
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if event := word(found):
            return event
    return None
