"""Reads the lists in a value: `statuses`, `messages`, `errors` and those of other fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from producer.json_text import dump
from producer.normalise.account_event import EVENT_OF_LIST, change_event, element_event
from producer.normalise.contact_limits import sorted_out
from producer.normalise.contacts import NO_CONTACTS, People
from producer.normalise.dead_letter import UNEXPECTED, Unreadable, dead_letter
from producer.normalise.error import out_of_band
from producer.normalise.event import Event, Json
from producer.normalise.history import history_event, past_events, threads_of
from producer.normalise.identity import digest
from producer.normalise.message import is_echo, message_event
from producer.normalise.readers import digits, identifier, joined, label, take
from producer.normalise.replay_envelope import element_body
from producer.normalise.scope import (
    ECHOES,
    HISTORY,
    MESSAGES,
    STANDBY,
    UNKNOWN,
    Scope,
    split_unknown,
)
from producer.normalise.status import status_event

Reader = Callable[[Scope, Any], list[Event]]

ALWAYS = ("statuses", "messages")
LISTS = (*ALWAYS, "errors", HISTORY, *EVENT_OF_LIST)
# Keys of a value that hold elements; elsewhere in an envelope, they are unknown keys.
IN_A_VALUE = frozenset((*LISTS, STANDBY))
# Fields with lists in their value; in any other field, `errors` is a part of the value.
CONVERSATION_FIELDS = frozenset((MESSAGES, STANDBY, HISTORY, "calls", ECHOES))
# The name of any other field is kept in `extra` of rows that have no column for it.
KNOWN_FIELDS = CONVERSATION_FIELDS | {UNKNOWN}
ROWS_WITHOUT_FIELD = (*ALWAYS, "errors")


def list_events(scope: Scope, value: Json) -> list[Event]:
    """The events of all elements of all lists; [] if there are no elements. Raises TooMany.

    Unknown keys beside the lists are kept: small ones with each element, large ones in one
    account event.
    """
    scope, rest = located(scope, value)
    lists = take_lists(scope, rest)
    if not lists:
        return []
    count = sum(map(len, lists.values()))
    check_count(scope, count)
    cards, odd = sorted_out(rest.pop("contacts", None), lists, value)
    # Beside an element, what was in the metadata would be a list of the value.
    apart = () if isinstance(rest.get(STANDBY), str | int | float) else (STANDBY,)
    small, large = split_unknown(without_boilerplate(scope, rest), count, apart=apart)
    scope = scope.with_beside(small).but(people=People(cards, count))
    events: list[Event] = []
    for name, elements in lists.items():
        read = _reader(scope, name, lists)
        inside = _naming_field(scope) if name in ROWS_WITHOUT_FIELD else scope
        for element in elements:
            if name == HISTORY:
                events += _history_events(scope, element)
                check_count(scope, len(events))
            else:
                events += guarded(inside, name, element, read)
    # Keep the contact cards that belong to no element.
    if left := odd + _unused(cards, events):
        large = {**large, "contacts": left}
    if large:
        alone = scope.but(beside=None, people=NO_CONTACTS)
        events.append(change_event(alone, large, message_id=_only_id(lists)))
    return events


def _naming_field(scope: Scope) -> Scope:
    """The surroundings of a row, which has no column for a field that is not known."""
    known = scope.field in KNOWN_FIELDS
    return scope if known else scope.with_beside({"field": scope.field})


def _unused(cards: list[Json], events: list[Event]) -> list[Json]:
    """The contact cards whose content is in no event."""
    used = {id(card) for event in events for card in event.contacts} if cards else set()
    return [card for card in cards if id(card) not in used]


def _only_id(lists: dict[str, list[Any]]) -> str | None:
    """The id of the only element, if it is a message or status: what is beside it is about it."""
    ids = _ids(lists)
    return ids[0] if len(ids) == 1 == sum(map(len, lists.values())) else None


class TooMany(Exception):
    """A body has more elements than any provider sends."""


def check_count(scope: Scope, count: int) -> None:
    """Raises TooMany if no provider sends so many elements in a body of this size.

    Each of them would take time and become a record.
    """
    if count > scope.most:
        raise TooMany


def guarded(
    scope: Scope, name: str, element: Any, read: Reader, *, near: str | None = None
) -> list[Event]:
    """The events of one element of the list `name`, or its dead letter. Never raises.

    So a bad element does not affect the others. `near` is the id of the person it is about, if
    the surroundings name it.
    """
    try:
        return read(scope, element)
    except Unreadable as error:
        reason, note = error.reason, None
    except Exception as error:  # our own fault must not lose the rest of the POST
        reason, note = UNEXPECTED, type(error).__name__
    cards = scope.people.cards_of(element, near)
    body = element_body(scope, name, element, cards)
    return [dead_letter(scope, reason, element, note, body=body, contacts=cards)]


def located(scope: Scope, value: Json) -> tuple[Scope, Json]:
    """The scope with the value's business number, and the rest of the value."""
    rest = dict(value)
    metadata = value.get("metadata")
    named = value
    if isinstance(metadata, dict):
        del rest["metadata"]
        unread = dict(metadata)
        take(unread, "display_phone_number", digits)
        take(unread, "phone_number_id", label)
        rest = joined(rest, unread)
        named = metadata
    else:
        for key in ("recipient", "phone_number_settings"):
            if isinstance(value.get(key), dict):
                named = value[key]
    number = digits(named.get("display_phone_number")) or take(rest, "business_phone", digits)
    return scope.but(
        phone_number_id=label(named.get("phone_number_id")) or scope.phone_number_id,
        display_phone_number=number or scope.display_phone_number,
    ), rest


def without_boilerplate(scope: Scope, rest: Json) -> Json:
    """The value without constants that are the same in every payload."""
    said = {
        "messaging_product": "whatsapp",
        "object": "whatsapp_business_account",
        "field": scope.field,
    }
    return {key: item for key, item in rest.items() if key not in said or item != said[key]}


def take_lists(scope: Scope, rest: Json) -> dict[str, list[Any]]:
    """Removes the known lists from `rest`, and returns those that are not empty, by name."""
    lists: dict[str, list[Any]] = {}
    for name in LISTS:
        if name not in rest or (name == "errors" and scope.field not in CONVERSATION_FIELDS):
            continue
        found = rest[name]
        if (name in ALWAYS and found is not None and not isinstance(found, list)) or (
            name == "errors" and isinstance(found, dict)
        ):
            found = [found]
        if isinstance(found, list) or found is None:
            del rest[name]
            if found:
                lists[name] = found
    return lists


def _reader(scope: Scope, name: str, lists: dict[str, list[Any]]) -> Reader:
    if name == "statuses":
        return lambda scope, element: [status_event(scope, element)]
    if name == "errors":
        ids = _ids(lists)
        about = ids[0] if len(ids) == 1 else None
        beside = digest(dump(ids))
        return lambda scope, element: [out_of_band(scope, element, about, beside)]
    if scope.channel == HISTORY and name in ("messages", "message_echoes"):
        return partial(past_events, echoed=name == "message_echoes")
    if name == "messages":
        return lambda scope, element: [_message_or_echo(scope, element)]
    return lambda scope, element: [element_event(scope, name, element)]


def _message_or_echo(scope: Scope, element: Any) -> Event:
    """A message of a user, or the business's own, which some gateways list beside them."""
    if isinstance(element, dict) and is_echo(scope, element):
        return element_event(scope.but(field=ECHOES), "message_echoes", element)
    return message_event(scope, element)


def _ids(lists: dict[str, list[Any]]) -> list[str]:
    elements = [element for name in ALWAYS for element in lists.get(name, ())]
    ids = [identifier(element.get("id")) for element in elements if isinstance(element, dict)]
    return [found for found in ids if found]


def _history_events(scope: Scope, chunk: Any) -> list[Event]:
    events = guarded(scope, HISTORY, chunk, lambda scope, found: [history_event(scope, found)])
    for customer, messages in threads_of(chunk):
        check_count(scope, len(messages))
        for message in messages:
            read = partial(past_events, customer=customer)
            events += guarded(_naming_field(scope), "messages", message, read, near=customer)
    return events
