"""Reads one element of `messages[]`: a message, or a user's action on one, such as a reaction."""

from __future__ import annotations

from typing import Any

from producer.json_text import dump, dump_text, load
from producer.normalise.contacts import Person, take_address
from producer.normalise.dead_letter import NOT_AN_OBJECT, Unreadable
from producer.normalise.error import take_error
from producer.normalise.event import Event, Json
from producer.normalise.identity import content_hash, event_id
from producer.normalise.readers import (
    boolean,
    digits,
    identifier,
    joined,
    put_back,
    take,
    take_object,
    word,
)
from producer.normalise.scope import Scope
from producer.normalise.status import take_id, take_time
from schemas.topics import MESSAGES

UNKNOWN = "unknown"
KNOWN_TYPES = (
    "text",
    "image",
    "video",
    "document",
    "audio",
    "voice",
    "sticker",
    "location",
    "contacts",
    "button",
    "interactive",
    "order",
    "reaction",
    "edit",
    "revoke",
    "system",
    "unsupported",
)
TARGETS = {
    "reaction": "message_id",
    "edit": "original_message_id",
    "revoke": "original_message_id",
}
# Keys that have their own meaning. They are not content, even if the type has the same name.
COMMON_KEYS = frozenset(
    ("id", "from", "timestamp", "type", "group_id", "context", "referral", "identity", "errors")
)


def message_event(scope: Scope, element: Any) -> Event:
    """The message as an event. Raises Unreadable if the id or the time is missing."""
    if not isinstance(element, dict):
        raise Unreadable(NOT_AN_OBJECT)
    rest = dict(element)
    message_id = take_id(rest)
    occurred_at = take_time(rest, scope)
    kind = _take_type(rest)
    content = rest.pop(kind, None) if kind not in COMMON_KEYS else None
    identity = event_id("message", scope.number, message_id)
    record = scope.located(identity, content_hash(dump(element)), occurred_at)
    record["channel"] = scope.channel
    record["message_id"] = message_id
    record["type"] = kind
    sender = _fill_sender(record, rest, scope)
    record["group_id"] = take(rest, "group_id", identifier)
    context = take_object(rest, "context")
    record["context_message_id"] = take(context, "id", identifier)
    record["context_from"] = take(context, "from", identifier)
    put_back(rest, "context", context)
    record["target_message_id"] = _target(kind, content)
    _fill_referral(record, rest)
    error = take_error(dict(rest))  # the whole error is kept
    record["error_code"] = error.code
    record["error_title"] = error.title
    record["content"] = None if content is None else dump_text(content)
    _open_extension(rest)
    rest = joined(rest, scope.around(sender.card))
    record["extra"] = dump_text(rest) if rest else None
    return Event(MESSAGES, message_id.encode(), record, sender.contacts)


def is_echo(scope: Scope, element: Json) -> bool:
    """Whether a message was sent by the business itself: it says so, or names its number."""
    if boolean(element.get("from_me")):
        return True
    number = scope.display_phone_number or scope.business_number
    return number is not None and digits(element.get("from")) == number


def _take_type(rest: Json) -> str:
    """The type, in the letter case of its content's key or of the types that are known."""
    kind = take(rest, "type", word)
    if kind is None:
        return _type_by_content(rest)
    lower = kind.lower()
    return lower if kind not in rest and (lower in rest or lower in KNOWN_TYPES) else kind


def _type_by_content(rest: Json) -> str:
    """The type of a message without `type`, such as a group notice of an old client."""
    return next((kind for kind in KNOWN_TYPES if kind in rest), UNKNOWN)


def _fill_sender(record: Json, rest: Json, scope: Scope) -> Person:
    """Sets the sender's columns, and returns the sender."""
    phone, user_id = take_address(rest, "from", "from_user_id", "from_bsuid")
    person = scope.people.who(phone, user_id)
    record["sender_id"] = person.phone
    record["sender_user_id"] = person.user_id
    record["sender_name"] = person.name
    return person


def _target(kind: str, content: Any) -> str | None:
    key = TARGETS.get(kind)
    return identifier(content.get(key)) if key and isinstance(content, dict) else None


def _fill_referral(record: Json, rest: Json) -> None:
    referral = take_object(rest, "referral")
    record["referral_source_type"] = take(referral, "source_type", word)
    record["referral_source_id"] = take(referral, "source_id", identifier)
    click = take(referral, "ctwa_clid", identifier)
    for medium in ("video", "image"):
        if click is None and isinstance(referral.get(medium), dict):
            inner = take_object(referral, medium)
            click = take(inner, "ctwa_clid", identifier)
            put_back(referral, medium, inner)
    record["ctwa_clid"] = click
    put_back(rest, "referral", referral)


def _open_extension(rest: Json) -> None:
    """Replaces the text `wa_ext` by the JSON object in it; any other text stays as sent."""
    extension = rest.get("wa_ext")
    if not isinstance(extension, str) or not extension.lstrip().startswith("{"):
        return
    try:
        rest["wa_ext"] = load(extension.encode())
    except ValueError:
        return
