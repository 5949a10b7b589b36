"""Everything that is neither message nor status: one event a change, or one a list element."""

from __future__ import annotations

from typing import Any

from producer.normalise.context import Scope
from producer.normalise.dead_letter import NOT_AN_OBJECT, Unreadable
from producer.normalise.event import Event, Json
from producer.normalise.identity import content_hash, event_id
from producer.normalise.json_text import dump, dump_text
from producer.normalise.readers import identifier, instant, joined, word
from schemas.topics import ACCOUNT_EVENTS

Path = tuple[str, ...]

# Where the value of a field says what happened. The first path that leads to a text counts.
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

# Lists whose elements are events of their own, and where an element says what happened.
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
# Lists whose elements carry the id of the message or call they are about.
WITH_MESSAGE_ID = frozenset(("automatic_events", "calls", "message_echoes"))


def change_event(scope: Scope, value: Json) -> Event:
    """A change as a whole. Its time is the value's own, else the entry's, else the receipt's."""
    paths = EVENT_OF_FIELD.get(scope.field, EVENT_OF_ANY)
    return account_event(scope, value, event=_first(value, paths))


def element_event(scope: Scope, kind: str, element: Any) -> Event:
    """One element of one of the lists above. Raises Unreadable where it is no object."""
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

    `fact` tells it from other events of its field and number; without one, its content, account
    and time do.
    """
    canonical = dump(value)
    if fact is None:
        fact = [scope.waba_id, scope.entry_time, canonical.decode()]
    identity = event_id("account", scope.field, scope.number, *fact)
    record = scope.located(identity, content_hash(canonical), _time(scope, value))
    record["field"] = scope.field
    record["event"] = event
    record["message_id"] = message_id
    record["value"] = dump_text(_with_surroundings(scope, value))
    return Event(ACCOUNT_EVENTS, message_id.encode() if message_id else None, record)


def _time(scope: Scope, value: Json) -> int:
    metadata = value.get("metadata")
    inner = metadata.get("timestamp") if isinstance(metadata, dict) else None
    return (
        instant(value.get("timestamp")) or instant(inner) or scope.entry_time or scope.received_at
    )


def _with_surroundings(scope: Scope, value: Json) -> Json:
    """The value with the contact card of whom it is about, and unknown keys beside it."""
    added: Json = dict(scope.beside or {})
    for phone_key, user_id_key in (
        ("wa_id", "user_id"),
        ("from", "from_user_id"),
        ("to", "to_user_id"),
    ):
        phone, user_id = identifier(value.get(phone_key)), identifier(value.get(user_id_key))
        card = scope.people.card_of(phone, user_id)
        if card:
            break
    else:
        card = scope.people.lone()
    if card:
        added["contact"] = card
    return joined(value, added) if added else value


def _first(value: Json, paths: tuple[Path, ...]) -> str | None:
    for path in paths:
        found: Any = value
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if event := word(found):
            return event
    return None
