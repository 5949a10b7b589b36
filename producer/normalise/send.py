"""Reads what the sender says about messages it has sent. Pure: same arguments, same events."""

from __future__ import annotations

from typing import Any

from producer.json_text import dump, dump_text, load
from producer.normalise.dead_letter import (
    MISSING_ID,
    NOT_AN_OBJECT,
    UNEXPECTED,
    UNREADABLE_TIMESTAMP,
    Unreadable,
    dead_letter,
)
from producer.normalise.dead_letter_merging import merged
from producer.normalise.event import Event, Json
from producer.normalise.identity import content_hash, event_id
from producer.normalise.readers import (
    address,
    digits,
    identifier,
    instant,
    label,
    take,
    underscored,
)
from producer.normalise.scope import Scope
from producer.providers.conversions import time
from schemas.topics import SENDS

# The dialect of sends, and of their dead letters.
SENDER = "sender"
MAX_SENDS = 10_000
_CHANNEL = "whatsapp:"


class TooManySends(ValueError):
    """There are more than MAX_SENDS in one body."""


class NotSends(ValueError):
    """The JSON is neither an object nor a list."""


def sends(
    body: bytes, *, source: str, business_number: str | None, received_at: int
) -> list[Event]:
    """The events of one body: a JSON object, or a list of them, each a message that was sent.

    `business_number` is the configured phone number, `received_at` microseconds since 1970. An
    element that cannot be read becomes a dead letter, without effect on the others. Raises
    Malformed, TooDeep, NotSends and TooManySends.
    """
    found = load(body)
    elements = [found] if isinstance(found, dict) else found
    if not isinstance(elements, list):
        raise NotSends
    if len(elements) > MAX_SENDS:
        raise TooManySends
    scope = sender_scope(source, business_number, received_at)
    return merged(scope, [_event(scope, element) for element in elements])


def sender_scope(source: str, business_number: str | None, received_at: int) -> Scope:
    """The surroundings of sends; `received_at` in microseconds since 1970."""
    return Scope(source, SENDER, received_at, digits(business_number))


def _event(scope: Scope, element: Any) -> Event:
    try:
        return send_event(scope, element)
    except Unreadable as error:
        return dead_letter(scope, error.reason, element)
    except Exception as error:  # our own fault must not lose the rest of the POST
        return dead_letter(scope, UNEXPECTED, element, type(error).__name__)


def send_event(scope: Scope, element: Any) -> Event:
    """One send as an event. Raises Unreadable if the id is missing or the time cannot be read.

    The hash covers what was said, as it was read: so a POST and a file that say the same are one
    event.
    """
    if not isinstance(element, dict):
        raise Unreadable(NOT_AN_OBJECT)
    rest = dict(element)
    message_id = take(rest, "message_id", identifier)
    if message_id is None:
        raise Unreadable(MISSING_ID)
    sent_at = take(rest, "sent_at", _instant)
    if sent_at is None and "sent_at" in rest:
        raise Unreadable(UNREADABLE_TIMESTAMP)
    said = {
        "phone_number_id": take(rest, "phone_number_id", label),
        "display_phone_number": take(rest, "display_phone_number", digits),
        "message_id": message_id,
        "recipient_id": take(rest, "recipient_id", _recipient),
        "template": take(rest, "template", label),
        "language": take(rest, "language", label),
        "template_id": take(rest, "template_id", label),
        "campaign": take(rest, "campaign", label),
        "category": take(rest, "category", _category),
        "cost_centre": take(rest, "cost_centre", label),
        "extra": dump_text(rest) if rest else None,
    }
    record: Json = {
        "event_id": event_id("send", message_id),
        "content_hash": content_hash(dump([sent_at, *said.values()])),
        "source": scope.source,
        "dialect": scope.dialect,
        "occurred_at": scope.received_at if sent_at is None else sent_at,
        "received_at": scope.received_at,
        **said,
    }
    if record["display_phone_number"] is None:
        record["display_phone_number"] = scope.business_number
    return Event(SENDS, message_id.encode(), record)


def _instant(value: Any) -> int | None:
    return instant(time(value))


def _recipient(value: Any) -> str | None:
    """A phone number as the Cloud API writes it, digits only; any other id as given."""
    if isinstance(value, str):
        value = value.strip().removeprefix(_CHANNEL)
    return digits(value) or address(value)


def _category(value: Any) -> str | None:
    found = underscored(value)
    return found.lower() if found else None
