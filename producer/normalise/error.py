"""Reads error objects of all generations: of statuses, of messages, and out of band."""

from __future__ import annotations

from typing import Any, NamedTuple

from producer.json_text import dump, dump_text
from producer.normalise.dead_letter import NOT_AN_OBJECT, Unreadable
from producer.normalise.event import Event, Json
from producer.normalise.identity import content_hash, event_id
from producer.normalise.readers import instant, integer, joined, put_back, take, take_object, text
from producer.normalise.scope import Scope
from schemas.topics import ERRORS


class Error(NamedTuple):
    """The columns of an error."""

    code: int | None = None
    title: str | None = None
    message: str | None = None
    details: str | None = None
    href: str | None = None


NO_ERROR = Error()


def read_error(element: Json) -> tuple[Error, Json]:
    """An error object as columns, and the keys without a column.

    The details may be in `error_data.details` or in `details`.
    """
    rest = dict(element)
    code = take(rest, "code", integer)
    title = take(rest, "title", text)
    message = take(rest, "message", text)
    data = take_object(rest, "error_data")
    details = take(data, "details", text)
    put_back(rest, "error_data", data)
    if details is None:
        details = take(rest, "details", text)
    elif rest.get("details") == details:
        del rest["details"]
    return Error(code, title, message, details, take(rest, "href", text)), rest


def first_error(errors: Any) -> tuple[Error, bool]:
    """The first error of an `errors` field, and whether its columns hold the whole field."""
    listed = [errors] if isinstance(errors, dict) else errors
    if not isinstance(listed, list) or not listed:
        return NO_ERROR, not errors
    if not isinstance(listed[0], dict):
        return NO_ERROR, False
    error, left = read_error(listed[0])
    return error, len(listed) == 1 and not left


def out_of_band(scope: Scope, element: Any, about: str | None, beside: int) -> Event:
    """The event of an error that is about the account or the client. Raises Unreadable.

    `about` is the id of the only message or status in the same value, `beside` a hash of all such
    ids. The hash is part of the event id: the same error beside another message is another fact.
    """
    if not isinstance(element, dict):
        raise Unreadable(NOT_AN_OBJECT)
    canonical = dump(element)
    error, rest = read_error(element)
    occurred_at = take(rest, "timestamp", instant) or scope.entry_time or scope.received_at
    if about:
        rest["message_id"] = about
    person = scope.people.lone
    rest = joined(rest, scope.around(person.card))
    identity = event_id("error", scope.number, scope.entry_time, beside, canonical.decode())
    record = scope.located(identity, content_hash(canonical), occurred_at)
    record.update(error._asdict())
    record["extra"] = dump_text(rest) if rest else None
    return Event(ERRORS, None, record, person.contacts)
