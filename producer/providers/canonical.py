"""The canonical shape, which is the Cloud API's: the keys that mark its parts and lists."""

from __future__ import annotations

from producer.providers.provider import Json

# The constant `object` of every envelope.
OBJECT = "whatsapp_business_account"
# A body with one of these keys has its lists at the top.
FLAT_KEYS = frozenset(("statuses", "messages", "errors", "contacts"))
# The field of a value that names none, by the lists in it.
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
# Unknown scalars are kept with each element if there are at most this many.
SMALL_KEYS = 8
MAX_ELEMENTS = 50_000  # providers send bodies of up to 3 MB and some 1,000 updates
# More elements than this must have at least so many bytes each: a status has an id and a time.
FEW_ELEMENTS = 2_000
LEAST_BYTES = 32


def most_elements(size: int) -> int:
    """How many elements a body of `size` bytes may have."""
    return min(max(FEW_ELEMENTS, size // LEAST_BYTES), MAX_ELEMENTS)


def field_of(value: Json) -> str | None:
    """The field of a value that names none, by the lists in it; None if it has no known list."""
    for name, field in FIELD_OF_LIST.items():
        if isinstance(value.get(name), dict | list):
            return field
    return None


def is_flat(body: Json) -> bool:
    """Whether a body has lists at the top and is not a value, which has `metadata`."""
    return bool(FLAT_KEYS & body.keys()) and not isinstance(body.get("metadata"), dict)
