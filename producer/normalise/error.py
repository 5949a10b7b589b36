"""Reads error objects of all generations: of statuses, of messages, and out of band."""

from __future__ import annotations

from typing import Any, NamedTuple

from producer.json_text import dump, dump_text, load
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
    details = take(data, "details", text) or take(rest, "error_data", text)
    put_back(rest, "error_data", data)
    if details is None:
        details = take(rest, "details", text)
    elif rest.get("details") == details:
        del rest["details"]
    return Error(code, title, message, details, take(rest, "href", text)), rest


def take_error(rest: Json) -> Error:
    """Takes the error out of a status or message: of `errors`, or else of `error`, where gateways
    have a single one. What the columns cannot hold stays in `rest`."""
    error, whole = first_error(rest.get("errors"))
    if whole:
        rest.pop("errors", None)
    if error == NO_ERROR and isinstance(alone := rest.get("error"), dict | list):
        error, whole = first_error(alone)
        if whole and error != NO_ERROR:
            del rest["error"]
    return error


def first_error(errors: Any) -> tuple[Error, bool]:
    """The first error of an `errors` field that says something, and whether its columns hold the
    whole field. Only a list, or one object of it, is held as a whole."""
    listed = errors if isinstance(errors, list) else [errors]
    for one in listed:
        error, left = _read_any(one)
        if error != NO_ERROR:
            return error, isinstance(one, dict) and len(listed) == 1 and not left
    return NO_ERROR, not errors or errors == [{}]


def _read_any(error: Any) -> tuple[Error, Json]:
    """An error in any shape: an object, also inside another one or as JSON, a code or a text."""
    if isinstance(error, str) and error.lstrip()[:1] in ("{", "["):
        return first_error(_parsed(error))[0], {}
    if not isinstance(error, dict):
        code = integer(error)
        return Error(code=code, title=text(error) if code is None else None), {}
    found, left = read_error(error)
    if found == NO_ERROR and isinstance(error.get("error"), dict):
        return read_error(error["error"])[0], error
    return found, left


def _parsed(value: str) -> Any:
    """The JSON value in a text; None if it holds none, or only another text."""
    try:
        found = load(value.encode())
    except ValueError:
        return None
    return None if isinstance(found, str) else found


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
