"""Reads one element of `statuses[]`: a message, payment or call, and one recipient."""

from __future__ import annotations

from typing import Any, NamedTuple

from producer.json_text import dump, dump_text
from producer.normalise.contacts import Person, bare, take_address
from producer.normalise.dead_letter import (
    MISSING_ID,
    MISSING_STATUS,
    MISSING_TIMESTAMP,
    NOT_AN_OBJECT,
    UNREADABLE_TIMESTAMP,
    Unreadable,
)
from producer.normalise.error import take_error
from producer.normalise.event import Event, Json
from producer.normalise.identity import content_hash, event_id
from producer.normalise.readers import (
    boolean,
    identifier,
    instant,
    joined,
    put_back,
    raised,
    take,
    take_object,
    text,
    underscored,
    word,
)
from producer.normalise.scope import HISTORY, Scope
from schemas.topics import STATUSES
from settings.dialects import DIALECTS

MESSAGE = "message"
PAYMENT = "payment"
CALL = "call"
GROUP = "group"


def status_event(scope: Scope, element: Any) -> Event:
    """The status as an event. Raises Unreadable if the id, status or time is missing."""
    if not isinstance(element, dict):
        raise Unreadable(NOT_AN_OBJECT)
    rest = dict(element)
    message_id = take_id(rest)
    status = take(rest, "status", word)
    if status is None:
        raise Unreadable(MISSING_STATUS)
    status = status.lower()
    occurred_at = take_time(rest, scope)
    kind = _take_kind(rest, scope)
    address = _take_address(rest)
    identity = event_id(
        "status",
        kind,
        scope.number,
        message_id,
        address.participant_user_id or address.participant_id or "",
        status,
        *_transaction(rest if kind == PAYMENT else {}),
        *([HISTORY] if scope.channel == HISTORY else []),
    )
    address, person = _complete(address, scope)
    record = scope.located(identity, content_hash(dump(element)), occurred_at)
    record["kind"] = kind
    record["channel"] = scope.channel
    record["message_id"] = message_id
    record["status"] = status
    record.update(address._asdict())
    _fill_pricing(record, rest)
    _fill_error(record, rest)
    record["template_id"] = take(rest, "template_id", identifier)
    record["callback_data"] = take(rest, "biz_opaque_callback_data", text)
    rest = joined(rest, scope.around(person.introduced()))
    record["extra"] = dump_text(rest) if rest else None
    return Event(STATUSES, message_id.encode(), record, person.contacts)


def take_id(rest: Json) -> str:
    """Takes the message's id out of `rest`. Raises Unreadable if there is none.

    Gateways that name it `message_id` have the same statuses and messages otherwise.
    """
    found = take(rest, "id", identifier) or take(rest, "message_id", identifier)
    if found is None:
        raise Unreadable(MISSING_ID)
    return found


def take_time(rest: Json, scope: Scope) -> int:
    """Takes the timestamp out of `rest`; microseconds since 1970. Raises Unreadable.

    It is the time of receipt where the provider never says when something happened.
    """
    occurred_at = take(rest, "timestamp", instant)
    if occurred_at is not None:
        return occurred_at
    if "timestamp" in rest:
        raise Unreadable(UNREADABLE_TIMESTAMP)
    if not DIALECTS[scope.dialect].names_time:
        return scope.received_at
    raise Unreadable(MISSING_TIMESTAMP)


def _take_kind(rest: Json, scope: Scope) -> str:
    """What the status is about. An unknown type counts as a message and is kept in `rest`."""
    kind = take(rest, "type", word)
    if kind is not None and kind.lower() in (MESSAGE, PAYMENT, CALL):
        return kind.lower()
    if kind is not None:
        rest["type"] = kind
    if scope.field == "calls":
        return CALL
    return PAYMENT if kind is None and isinstance(rest.get("payment"), dict) else MESSAGE


def _transaction(rest: Json) -> tuple[Any, ...]:
    """The parts of the event id that identify one of several transactions of a payment."""
    payment = rest.get("payment")
    transaction = payment.get("transaction") if isinstance(payment, dict) else None
    if not isinstance(transaction, dict):
        return ()
    updated = transaction.get("updated_timestamp")
    return identifier(transaction.get("id")), instant(updated) or identifier(updated)


class _Address(NamedTuple):
    recipient_id: str | None
    recipient_user_id: str | None
    recipient_type: str | None
    participant_id: str | None
    participant_user_id: str | None


def _take_address(rest: Json) -> _Address:
    """The ids of the recipient and participant, from the element alone."""
    phone, user_id = take_address(rest, "recipient_id", "recipient_user_id")
    message = take_object(rest, "message")
    inner_phone, inner_user_id = take_address(message, "recipient_id")
    if phone and inner_phone and bare(phone) != bare(inner_phone):
        message["recipient_id"] = inner_phone
    put_back(rest, "message", message)
    phone, user_id = phone or inner_phone, user_id or inner_user_id
    kind = take(rest, "recipient_type", word)
    participant, participant_user_id = take_address(
        rest, "recipient_participant_id", "recipient_participant_user_id"
    )
    if participant is None:
        participant, second_user_id = take_address(rest, "participant_recipient_id")
        participant_user_id = participant_user_id or second_user_id
    group = identifier(rest.get("group_id"))
    if group is not None:
        if group != phone:
            if _differ(participant, phone) or _differ(participant_user_id, user_id):
                put_back(rest, "recipient_id", phone)
                put_back(rest, "recipient_user_id", user_id)
            else:
                participant = participant or phone
                participant_user_id = participant_user_id or user_id
            phone, user_id = group, None
        del rest["group_id"]
    if group or participant or participant_user_id:
        kind = kind or GROUP
    return _Address(phone, user_id, kind, participant or participant_user_id, participant_user_id)


def _differ(one: str | None, other: str | None) -> bool:
    return bool(one and other) and one != other


def _complete(address: _Address, scope: Scope) -> tuple[_Address, Person]:
    """Adds the ids from the contact card of the recipient or participant, and returns them too."""
    if address.participant_id:
        phone = address.participant_id
        if phone == address.participant_user_id:
            phone = ""
        person = scope.people.who(phone or None, address.participant_user_id)
        address = address._replace(
            participant_id=person.phone or person.user_id, participant_user_id=person.user_id
        )
    elif address.recipient_type == GROUP:
        return address, scope.people.lone
    else:
        person = scope.people.who(address.recipient_id, address.recipient_user_id)
        address = address._replace(recipient_id=person.phone, recipient_user_id=person.user_id)
    return address, person


def _fill_pricing(record: Json, rest: Json) -> None:
    conversation = take_object(rest, "conversation")
    inner_pricing = take_object(conversation, "pricing")
    origin = take_object(conversation, "origin")
    record["conversation_id"] = take(conversation, "id", identifier)
    record["origin"] = take(origin, "type", underscored)
    record["conversation_expires_at"] = take(conversation, "expiration_timestamp", instant)
    pricing = take_object(rest, "pricing") or inner_pricing
    record["pricing_model"] = take(pricing, "pricing_model", raised)
    record["pricing_type"] = take(pricing, "type", underscored)
    record["pricing_subtype"] = take(pricing, "subtype", underscored)
    record["category"] = take(pricing, "category", underscored)
    record["billable"] = take(pricing, "billable", boolean)
    put_back(rest, "pricing", pricing)
    if inner_pricing is not pricing:
        put_back(conversation, "pricing", inner_pricing)
    put_back(conversation, "origin", origin)
    put_back(rest, "conversation", conversation)


def _fill_error(record: Json, rest: Json) -> None:
    error = take_error(rest)
    record["error_code"] = error.code
    record["error_title"] = error.title
    record["error_message"] = error.message
    record["error_details"] = error.details
    record["error_href"] = error.href
