"""Reads one change of an envelope."""

from __future__ import annotations

from typing import Any

from producer.normalise.account_event import change_event
from producer.normalise.dead_letter import NOT_UNDERSTOOD, NOTHING_INSIDE, dead_letter
from producer.normalise.event import Event, Json
from producer.normalise.list_names import with_usual_names
from producer.normalise.lists import (
    CONVERSATION_FIELDS,
    IN_A_VALUE,
    LISTS,
    check_count,
    list_events,
    located,
    take_lists,
    without_boilerplate,
)
from producer.normalise.replay_envelope import element_body, value_body
from producer.normalise.scope import HISTORY, MESSAGES, STANDBY, UNKNOWN, Scope, split_unknown
from producer.providers.canonical import field_of

CHANNELS = {STANDBY: STANDBY, HISTORY: HISTORY}


def change_events(scope: Scope, field: str | None, value: Json) -> list[Event]:
    """All events of a change's value, at least one; it may be a dead letter.

    A value without any known list becomes one account event. `field` is the named webhook field;
    without one, the lists in the value decide.
    """
    field = field or field_of(value) or UNKNOWN
    scope = scope.but(field=field, channel=CHANNELS.get(field, MESSAGES))
    if field in (MESSAGES, UNKNOWN):
        value = with_usual_names(value)
    standby = value.get(STANDBY)
    if isinstance(standby, dict):
        standby = [standby]
    if isinstance(standby, list):
        value = {key: item for key, item in value.items() if key != STANDBY}
        if standby:
            return _standby_events(scope, value, standby)
    if events := list_events(scope, value):
        return events
    if scope.field in CONVERSATION_FIELDS and not _says_something(scope, value):
        reason = NOT_UNDERSTOOD if value.get("contacts") else NOTHING_INSIDE
        return [dead_letter(scope, reason, value, body=value_body(scope, value))]
    return [change_event(located(scope, value)[0], value)]


def _standby_events(scope: Scope, value: Json, inner: list[Any]) -> list[Event]:
    """The events of chats that another app owns: the same lists, one level deeper.

    `value` holds everything beside the list `standby`, `inner` the elements of that list.
    """
    outer, rest = located(scope, value)
    # To search all cards for each of many elements would take too long: then they are kept apart.
    around = rest.pop("contacts", None) or [] if len(inner) == 1 else []
    lists = take_lists(outer, rest)
    small, large = split_unknown(without_boilerplate(outer, rest), apart=IN_A_VALUE)
    inside = outer.with_beside(small).but(field=STANDBY, channel=STANDBY)
    events: list[Event] = []
    for found in inner:
        part: list[Event] = []
        if isinstance(found, dict):
            cards = [*_listed(around), *_listed(found.get("contacts") or [])]
            part = list_events(inside, {**found, "contacts": cards})
        if not part:
            reason = NOTHING_INSIDE if isinstance(found, dict) else NOT_UNDERSTOOD
            body = element_body(inside.but(beside=None), STANDBY, found)
            part = [dead_letter(inside, reason, found, body=body)]
        events += part
        check_count(outer, len(events))
    if lists:
        events += list_events(scope, value)
    elif large:
        events.append(change_event(outer.but(beside=None), large))
    return events


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _says_something(scope: Scope, value: Json) -> bool:
    rest = without_boilerplate(scope, value)
    return any(
        key not in ("metadata", "contacts") and not (key in LISTS and not item)
        for key, item in rest.items()
    )
