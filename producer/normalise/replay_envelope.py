"""Puts a part of a body into its own envelope, in which it has the same meaning as before.

A dead letter keeps this envelope. A replay of it gives the same events, with the same ids, as the
whole body would. If it still cannot be read, a replay gives the same dead letter.
"""

from __future__ import annotations

from typing import Any

from producer.normalise.event import Cards, Json
from producer.normalise.scope import Scope
from producer.providers import PROVIDERS
from producer.providers.canonical import SMALL_KEYS

# Unknown scalars with these names would be read as something else if they were beside a list.
_TAKEN = frozenset(("statuses", "messages", "contacts", "metadata"))


def element_body(scope: Scope, name: str, element: Any, contacts: Cards = ()) -> Json:
    """A body with this element alone in the list `name`, and with its known surroundings.

    `contacts` are the cards of the people that the element names.
    """
    people: Json = {"contacts": list(contacts)} if contacts else {}
    metadata = {
        "display_phone_number": scope.display_phone_number,
        "phone_number_id": scope.phone_number_id,
    }
    return value_body(
        scope, {**_beside(scope), "metadata": _known(metadata), **people, name: [element]}
    )


def value_body(scope: Scope, value: Json) -> Json:
    """A body with this value as its only change, in the shape of its provider."""
    body = change_body(scope, {"field": scope.field, "value": value})
    return PROVIDERS[scope.dialect].from_canonical(body)


def change_body(scope: Scope, change: Any) -> Json:
    """A canonical body with this change alone."""
    return entry_body(
        {**_known({"id": scope.waba_id, "time": scope.entry_time}), "changes": [change]}
    )


def entry_body(entry: Any) -> Json:
    """A canonical body with this entry alone."""
    return {"entry": [entry]}


def _beside(scope: Scope) -> Json:
    """The unknown scalars, or none of them if there are more than SMALL_KEYS.

    The name of the field is not one of them: it is put beside a row that has no column for it.
    """
    small = {key: item for key, item in (scope.beside or {}).items() if key not in _TAKEN}
    named = {"field": scope.field} if small.get("field") == scope.field else {}
    return small if len(small) - len(named) <= SMALL_KEYS else named


def _known(fields: Json) -> Json:
    return {key: item for key, item in fields.items() if item is not None}
