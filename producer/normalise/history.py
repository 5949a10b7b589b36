"""Reads past chats, which a business shares when it joins. They are never live traffic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from producer.normalise.account_event import account_event
from producer.normalise.dead_letter import NOT_AN_OBJECT, Unreadable
from producer.normalise.event import Event, Json
from producer.normalise.identity import content_hash
from producer.normalise.json_text import dump
from producer.normalise.message import message_event
from producer.normalise.readers import digits, identifier, is_user_id
from producer.normalise.scope import Scope
from producer.normalise.status import status_event

ECHO = "echo"


def history_event(scope: Scope, element: Any) -> Event:
    """The event of one chunk of history: its metadata, errors and number of messages.

    Raises Unreadable.
    """
    if not isinstance(element, dict):
        raise Unreadable(NOT_AN_OBJECT)
    value = dict(element)
    if isinstance(value.get("threads"), list):
        value["threads"] = [_counted(thread) for thread in value["threads"]]
    return account_event(scope, value, event=None)


def _counted(thread: Any) -> Any:
    if not isinstance(thread, dict) or not isinstance(thread.get("messages"), list):
        return thread
    return {**thread, "messages": len(thread["messages"])}


def threads_of(element: Any) -> Iterator[tuple[str | None, list[Any]]]:
    """The chats of one chunk: the customer's phone or user id, and the list of messages."""
    threads = element.get("threads") if isinstance(element, dict) else None
    for thread in threads if isinstance(threads, list) else ():
        if isinstance(thread, dict) and isinstance(thread.get("messages"), list):
            yield identifier(thread.get("id")), thread["messages"]


def past_events(
    scope: Scope, element: Any, customer: str | None = None, *, echoed: bool = False
) -> list[Event]:
    """The events of a past message. Raises Unreadable.

    An inbound message gives a message event; an outbound one gives an echo and, if known, the
    status it had reached. `customer` is the id of the customer, if the thread names it. `echoed`
    means that the business sent the message.
    """
    if not isinstance(element, dict):
        raise Unreadable(NOT_AN_OBJECT)
    if not echoed and not _is_outgoing(scope, customer, element):
        return [_received(scope, customer, element)]
    message_id = identifier(element.get("id"))
    fact = [message_id, ECHO] if message_id else None
    around = scope
    if customer and not ("to" in element or "to_user_id" in element):
        around = scope.with_beside({"thread": customer})
    echo = account_event(around, element, event=ECHO, message_id=message_id, fact=fact)
    status = _past_status(scope, customer, element)
    return [echo, status] if status else [echo]


def _received(scope: Scope, customer: str | None, element: Json) -> Event:
    """A past message from the customer. If it names no sender, the thread's customer is used."""
    event = message_event(scope, element)
    if customer and event.record["sender_id"] is None and event.record["sender_user_id"] is None:
        event.record["sender_user_id" if is_user_id(customer) else "sender_id"] = customer
    return event


def _is_outgoing(scope: Scope, customer: str | None, element: Json) -> bool:
    sender = digits(element.get("from"))
    if "to" in element or "to_user_id" in element:
        return True
    if sender is None or identifier(element.get("from")) == customer:
        return False
    return sender == (scope.display_phone_number or scope.business_number)


def _past_status(scope: Scope, customer: str | None, element: Json) -> Event | None:
    """The status that a past message had reached; None if it names none that can be read.

    Its time is the time of the message, because history does not have the time of the status.
    """
    context = element.get("history_context")
    if not isinstance(context, dict) or "status" not in context:
        return None
    found = {
        "id": element.get("id"),
        "status": context["status"],
        "timestamp": element.get("timestamp"),
        "recipient_id": element.get("to") or customer,
        "recipient_user_id": element.get("to_user_id"),
    }
    try:
        event = status_event(scope, found)
    except Unreadable:
        return None  # the echo keeps the whole element
    # The hash covers the element only: the customer may come from the thread, and not from it.
    event.record["content_hash"] = content_hash(dump(element))
    return event
