"""The surroundings of an element in a payload, and what they say about it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from producer.json_text import dump
from producer.normalise.contacts import NO_CONTACTS, People
from producer.normalise.event import Json
from producer.normalise.readers import MAX_LABEL, joined
from producer.providers.canonical import MAX_ELEMENTS, SMALL_KEYS

UNKNOWN = "unknown"

MESSAGES = "messages"
STANDBY = "standby"
HISTORY = "history"
ECHOES = "smb_message_echoes"

LONG_INTEGER: int = 10**MAX_LABEL
# All copies of a card or an object beside the elements together may take this many bytes.
FREE_COPIES = 16_000


class Scope(NamedTuple):
    """The surroundings of an element; instants in microseconds since 1970.

    `beside` holds small unknown values from the element's envelope, which are kept with each
    element.
    """

    source: str
    dialect: str
    received_at: int
    business_number: str | None
    field: str = MESSAGES
    channel: str = MESSAGES
    waba_id: str | None = None
    entry_time: int | None = None
    phone_number_id: str | None = None
    display_phone_number: str | None = None
    people: People = NO_CONTACTS
    beside: Json | None = None
    most: int = MAX_ELEMENTS  # that the body may have

    @property
    def number(self) -> str:
        """The identity of the business number; empty if it is not known."""
        return self.phone_number_id or self.display_phone_number or self.business_number or ""

    def but(self, **changes: Any) -> Scope:
        """A copy with these changes."""
        return self._replace(**changes)

    def with_beside(self, small: Json) -> Scope:
        """A copy with more unknown values."""
        return self._replace(beside=joined(small, self.beside or {})) if small else self

    def around(self, card: Json | None) -> Json:
        """The surroundings as keys of an element's `extra`: `contact` and `envelope`."""
        return {
            **({"contact": card} if card else {}),
            **({"envelope": self.beside} if self.beside else {}),
        }

    def located(self, event_id: str, content_hash: int, occurred_at: int) -> Json:
        """The columns of every row about a business number; `occurred_at` in microseconds."""
        return {
            "event_id": event_id,
            "content_hash": content_hash,
            "source": self.source,
            "dialect": self.dialect,
            "occurred_at": occurred_at,
            "received_at": self.received_at,
            "waba_id": self.waba_id,
            "phone_number_id": self.phone_number_id,
            "display_phone_number": self.display_phone_number or self.business_number,
        }


def split_unknown(
    unknown: Json, elements: int | None = None, *, apart: Collection[str] = ()
) -> tuple[Json, Json]:
    """Splits an envelope's unknown keys: small ones to keep with each element, and large ones.

    Those that are named `apart` would have another meaning beside an element. They count as large,
    and are left out if they are empty.

    An object is small while its copies for all `elements` take no more than FREE_COPIES bytes.
    If their number is not known, and for any number of them, it may have MAX_LABEL bytes.
    """
    if apart:
        unknown = {k: v for k, v in unknown.items() if k not in apart or v not in (None, [], {})}
    if not unknown:
        return {}, {}
    most = max(FREE_COPIES // elements, MAX_LABEL) if elements else MAX_LABEL
    large = {
        key: value for key, value in unknown.items() if key in apart or _is_large(key, value, most)
    }
    small = {key: value for key, value in unknown.items() if key not in large}
    return ({}, unknown) if len(small) > SMALL_KEYS else (small, large)


def _is_large(key: str, value: Any, most: int) -> bool:
    if len(key) > MAX_LABEL:
        return True
    if isinstance(value, dict):
        return len(dump(value)) > most
    if isinstance(value, list):  # its items may be elements that are not known yet
        return bool(value)
    if isinstance(value, int):
        return abs(value) >= LONG_INTEGER
    return isinstance(value, str) and len(value) > MAX_LABEL
