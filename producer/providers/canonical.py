"""The canonical shape, which is the Cloud API's: what marks its parts and its lists."""

from __future__ import annotations

from producer.providers.provider import Json

# Any of these marks a body whose lists stand at its top.
FLAT_KEYS = frozenset(("statuses", "messages", "errors", "contacts"))
# Which field a value without a named one belongs to, by the lists in it.
FIELD_OF_LIST = {
    "statuses": "messages",
    "messages": "messages",
    "errors": "messages",
    "standby": "standby",
    "history": "history",
    "message_echoes": "smb_message_echoes",
    "state_sync": "smb_app_state_sync",
    "user_actions": "messages",
    "automatic_events": "automatic_events",
    "calls": "calls",
    "groups": "groups",
    "user_id_update": "user_id_update",
    "user_preferences": "user_preferences",
}
# Unknown scalars are kept with an element where they are no more than this many.
SMALL_KEYS = 8


def field_of(value: Json) -> str | None:
    """The field a value belongs to by the lists in it."""
    for name, field in FIELD_OF_LIST.items():
        if isinstance(value.get(name), dict | list):
            return field
    return None


def is_flat(body: Json) -> bool:
    """Whether lists stand at the top, without the `metadata` of a value."""
    return bool(FLAT_KEYS & body.keys()) and not isinstance(body.get("metadata"), dict)
