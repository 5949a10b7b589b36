"""The lists in a value: `statuses`, `messages`, `errors` and those of the other fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from producer.normalise.account import EVENT_OF_LIST, change_event, element_event
from producer.normalise.deadletter import UNEXPECTED, Unreadable, dead_letter
from producer.normalise.error import out_of_band
from producer.normalise.event import Event, Json
from producer.normalise.history import history_event, past_events, threads_of
from producer.normalise.message import message_event
from producer.normalise.people import People
from producer.normalise.scope import HISTORY, MESSAGES, STANDBY, Scope, split
from producer.normalise.status import status_event
from producer.normalise.values import digits, identifier, take

Reader = Callable[[Scope, Any], list[Event]]

ALWAYS = ("statuses", "messages")
LISTS = (*ALWAYS, "errors", HISTORY, *EVENT_OF_LIST)
# Fields whose value holds lists; an `errors` list in any other field belongs to its value.
CONVERSATION_FIELDS = frozenset((MESSAGES, STANDBY, HISTORY, "calls", "smb_message_echoes"))


def list_events(scope: Scope, value: Json) -> list[Event]:
    """The events of all elements of all lists; [] where there are none.

    Unknown keys beside the lists are kept with each element where they are small, else as one
    account event.
    """
    scope, rest = located(scope, value)
    lists = _take_lists(scope, rest)
    if not lists:
        return []
    people = People(rest.pop("contacts", None), sum(map(len, lists.values())))
    small, large = split(without_boilerplate(scope, rest))
    scope = scope.with_beside(small).but(people=people)
    events: list[Event] = []
    for name, elements in lists.items():
        read = _reader(scope, name, lists)
        for element in elements:
            if name == HISTORY:
                events += _history_events(scope, element)
            else:
                events += guarded(scope, element, read)
    if large:
        events.append(change_event(scope.but(beside=None), large))
    return events


def guarded(scope: Scope, element: Any, read: Reader) -> list[Event]:
    """The events of one element, or its dead letter: it takes no neighbour with it."""
    try:
        return read(scope, element)
    except Unreadable as error:
        return [dead_letter(scope, error.reason, element)]
    except Exception as error:  # a fault of ours must not lose the rest of the POST
        return [dead_letter(scope, UNEXPECTED, element, type(error).__name__)]


def located(scope: Scope, value: Json) -> tuple[Scope, Json]:
    """The scope with the business number the value names, and the rest of the value."""
    rest = dict(value)
    metadata = value.get("metadata")
    named = value
    if isinstance(metadata, dict):
        del rest["metadata"]
        unread = dict(metadata)
        take(unread, "display_phone_number", digits)
        take(unread, "phone_number_id", identifier)
        rest = unread | rest
        named = metadata
    else:
        for key in ("recipient", "phone_number_settings"):
            if isinstance(value.get(key), dict):
                named = value[key]
    number = digits(named.get("display_phone_number")) or take(rest, "business_phone", digits)
    return scope.but(
        phone_number_id=identifier(named.get("phone_number_id")) or scope.phone_number_id,
        display_phone_number=number or scope.display_phone_number,
    ), rest


def without_boilerplate(scope: Scope, rest: Json) -> Json:
    """The keys that say more than what every payload says."""
    said = {
        "messaging_product": "whatsapp",
        "object": "whatsapp_business_account",
        "field": scope.field,
    }
    return {key: item for key, item in rest.items() if key not in said or item != said[key]}


def _take_lists(scope: Scope, rest: Json) -> dict[str, list[Any]]:
    """The known lists that hold something, removed from the rest; empty ones are dropped."""
    lists: dict[str, list[Any]] = {}
    for name in LISTS:
        if name not in rest or (name == "errors" and scope.field not in CONVERSATION_FIELDS):
            continue
        found = rest[name]
        if name in ALWAYS and found is not None and not isinstance(found, list):
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
        about = _ids(lists)
        return lambda scope, element: [out_of_band(scope, element, about)]
    if scope.channel == HISTORY and name in ("messages", "message_echoes"):
        return partial(past_events, echoed=name == "message_echoes")
    if name == "messages":
        return lambda scope, element: [message_event(scope, element)]
    return lambda scope, element: [element_event(scope, name, element)]


def _ids(lists: dict[str, list[Any]]) -> list[str]:
    elements = [element for name in ALWAYS for element in lists.get(name, ())]
    ids = [identifier(element.get("id")) for element in elements if isinstance(element, dict)]
    return [found for found in ids if found]


def _history_events(scope: Scope, chunk: Any) -> list[Event]:
    events = guarded(scope, chunk, lambda scope, found: [history_event(scope, found)])
    for customer, messages in threads_of(chunk):
        for message in messages:
            events += guarded(scope, message, partial(past_events, customer=customer))
    return events
