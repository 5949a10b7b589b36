"""Reads the most frequent bodies, envelopes of plain statuses, faster than the general path.

The types below describe the body in full. A body with any other key or type, with a blank text, a
contact card or a group is left to the general path. Both give the same events, which a test
compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from producer.normalise.event import Event, Json
from producer.normalise.identity import content_hash, event_id
from producer.normalise.readers import CODES, EARLIEST, LATEST, MAX_LABEL, SECOND, digits, instant
from producer.normalise.scope import MESSAGES
from producer.providers.canonical import MAX_ELEMENTS
from schemas.topics import STATUSES, columns_of
from settings.dialects import CLOUD

MESSAGE = "message"
EMPTY: Json = dict.fromkeys(columns_of(STATUSES))

Label = Annotated[str, Meta(min_length=1, max_length=MAX_LABEL)]
Code = Annotated[int, Meta(ge=CODES.start, le=CODES.stop - 1)]
Seconds = Annotated[int, Meta(ge=EARLIEST // SECOND, lt=LATEST // SECOND)]


# Fields are in the order of their names, so that msgspec writes a status as canonical JSON.
class _Plain(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    pass


class _Origin(_Plain, kw_only=True):
    type: str


class _Conversation(_Plain, kw_only=True):
    expiration_timestamp: str | UnsetType = UNSET
    id: str
    origin: _Origin | UnsetType = UNSET


class _Pricing(_Plain, kw_only=True):
    billable: bool | UnsetType = UNSET
    category: str | UnsetType = UNSET
    pricing_model: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class _ErrorData(_Plain, kw_only=True):
    details: str


class _Error(_Plain, kw_only=True):
    code: Code
    error_data: _ErrorData | UnsetType = UNSET
    href: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    title: str | UnsetType = UNSET


class _Status(_Plain, kw_only=True):
    biz_opaque_callback_data: str | UnsetType = UNSET
    conversation: _Conversation | UnsetType = UNSET
    errors: Annotated[list[_Error], Meta(min_length=1, max_length=1)] | UnsetType = UNSET
    id: str
    pricing: _Pricing | UnsetType = UNSET
    recipient_id: str
    status: str
    template_id: str | UnsetType = UNSET
    timestamp: str


class _Metadata(_Plain, kw_only=True):
    display_phone_number: Label
    phone_number_id: Label


class _Value(_Plain, kw_only=True):
    messaging_product: Literal["whatsapp"]
    metadata: _Metadata
    statuses: Annotated[list[_Status], Meta(min_length=1)]


class _Change(_Plain, kw_only=True):
    field: Literal["messages"]
    value: _Value


class _Entry(_Plain, kw_only=True):
    changes: Annotated[list[_Change], Meta(min_length=1)]
    id: Label
    time: Seconds | UnsetType = UNSET


class _Body(_Plain, kw_only=True):
    entry: Annotated[list[_Entry], Meta(min_length=1)]
    object: Literal["whatsapp_business_account"]


_decode = msgspec.json.Decoder(_Body).decode
_encode = msgspec.json.Encoder().encode


class _NotPlain(Exception):
    """The general path reads this body."""


def plain_events(body: bytes, source: str, received_at: int) -> list[Event] | None:
    """The events of a body of plain statuses; None if the general path must read it.

    `received_at` is in microseconds since 1970.
    """
    if b"\\u" in body:  # the general path replaces some characters
        return None
    try:
        events = [
            event
            for entry in _decode(body).entry
            for change in entry.changes
            for event in _value_events(_word(entry.id), change.value, source, received_at)
        ]
    except (msgspec.MsgspecError, UnicodeError, _NotPlain):
        return None
    return events if len(events) <= MAX_ELEMENTS else None


def _value_events(waba_id: str, value: _Value, source: str, received_at: int) -> Iterator[Event]:
    number = _word(value.metadata.phone_number_id)
    display_number = digits(value.metadata.display_phone_number)
    if display_number is None:
        raise _NotPlain
    shared = {
        "source": source,
        "dialect": CLOUD,
        "received_at": received_at,
        "kind": MESSAGE,
        "channel": MESSAGES,
        "waba_id": waba_id,
        "phone_number_id": number,
        "display_phone_number": display_number,
    }
    for status in value.statuses:
        yield _event(shared, number, status)


def _event(shared: Json, number: str, status: _Status) -> Event:
    message_id = status.id.strip()
    word = _word(status.status).lower()
    recipient = status.recipient_id
    occurred_at = instant(status.timestamp)
    if not message_id or occurred_at is None or not (recipient.isascii() and recipient.isdigit()):
        raise _NotPlain
    conversation, pricing, error = status.conversation, status.pricing, None
    if status.errors is not UNSET:
        (error,) = status.errors
    record = {
        **EMPTY,
        **shared,
        "event_id": event_id("status", MESSAGE, number, message_id, "", word),
        "content_hash": content_hash(_encode(status)),
        "occurred_at": occurred_at,
        "message_id": message_id,
        "recipient_id": recipient,
        "status": word,
        "callback_data": _text(status.biz_opaque_callback_data),
        "template_id": _optional(status.template_id),
    }
    if conversation is not UNSET:
        _add_conversation(record, conversation)
    if pricing is not UNSET:
        record["pricing_model"] = _capitals(pricing.pricing_model)
        record["pricing_type"] = _underscored(pricing.type)
        record["category"] = _underscored(pricing.category)
        record["billable"] = None if pricing.billable is UNSET else pricing.billable
    if error is not None:
        data = error.error_data
        record["error_code"] = error.code
        record["error_title"] = _text(error.title)
        record["error_message"] = _text(error.message)
        record["error_details"] = None if data is UNSET else _text(data.details)
        record["error_href"] = _text(error.href)
    return Event(STATUSES, message_id.encode(), record)


def _add_conversation(record: Json, conversation: _Conversation) -> None:
    origin, expires_at = conversation.origin, conversation.expiration_timestamp
    record["conversation_id"] = conversation.id.strip()
    record["origin"] = None if origin is UNSET else _underscored(origin.type)
    if expires_at is not UNSET:
        record["conversation_expires_at"] = instant(expires_at)
        if record["conversation_expires_at"] is None:
            raise _NotPlain
    if not record["conversation_id"]:
        raise _NotPlain


@lru_cache(maxsize=4096)
def _word(value: str) -> str:
    """The text without blanks around it. Cached, as most words and numbers are the same ones."""
    found = value.strip()
    if not found:
        raise _NotPlain
    return found


def _optional(value: str | UnsetType) -> str | None:
    return None if value is UNSET else _word(value)


def _capitals(value: str | UnsetType) -> str | None:
    return None if value is UNSET else _word(value).upper()


def _underscored(value: str | UnsetType) -> str | None:
    return None if value is UNSET else _word(value).lower().replace("-", "_")


def _text(value: str | UnsetType) -> str | None:
    return None if value is UNSET else value or None
