"""Changes JSON values and texts at random, as a careless or hostile sender would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzz.values import scalar, tree

Place = tuple[Any, Any]  # a dict or list, and a key or index in it
KEY = re.compile(rb'"([A-Za-z_]{1,30})"\s*:')


def place(chance: Random, value: Any) -> Place | None:
    """Any place in a value; None if there is none."""
    found = None
    while isinstance(value, dict | list) and value:
        key: Any = chance.choice(list(value)) if isinstance(value, dict) else None
        key = chance.randrange(len(value)) if key is None else key
        found, value = (value, key), value[key]
        if chance.random() < 0.2:
            break
    return found


class Mutator:
    """Changes values. `keys` are those of real bodies, `donor` returns a real body of any kind."""

    def __init__(self, keys: tuple[str, ...], donor: Callable[[Random], Any]) -> None:
        self._keys = keys
        self._donor = donor
        self._actions = (
            *(self._delete, self._replace, self._replace, self._graft, self._repeat, self._copy),
            *(self._retype, self._retype, self._rename, self._enlist, self._as_text, self._swap),
        )

    def changed(self, value: Any, chance: Random) -> Any:
        """The value after 1 to 6 changes; it is changed in place."""
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            if (found := place(chance, value)) is not None:
                chance.choice(self._actions)(chance, *found)
        return self._wrapped(value, chance) if chance.random() < 0.06 else value

    def _delete(self, _: Random, parent: Any, key: Any) -> None:
        del parent[key]

    def _replace(self, chance: Random, parent: Any, key: Any) -> None:
        small = chance.random() < 0.85
        parent[key] = scalar(chance) if small else tree(chance, self._keys, 3)

    def _graft(self, chance: Random, parent: Any, key: Any) -> None:
        found = place(chance, self._donor(chance))
        parent[key] = found[0][found[1]] if found else None

    def _repeat(self, chance: Random, parent: Any, key: Any) -> None:
        if isinstance(parent, list):
            parent[key:key] = [parent[key]] * chance.choice((1, 1, 2, 20))

    def _copy(self, chance: Random, parent: Any, key: Any) -> None:
        if isinstance(parent, dict):
            parent[chance.choice(self._keys)] = parent[key]

    def _retype(self, chance: Random, parent: Any, key: Any) -> None:
        value = parent[key]
        if isinstance(value, str):
            number = int(value) if value.isdecimal() and len(value) < 4_000 else len(value)
            parent[key] = chance.choice((number, float(len(value)), [value], {"id": value}, True))
        elif isinstance(value, dict | list):
            parent[key] = list(value) if isinstance(value, dict) else {str(len(value)): value}
        else:
            parent[key] = chance.choice((json.dumps(value), [value], None))

    def _rename(self, chance: Random, parent: Any, key: Any) -> None:
        if isinstance(parent, dict):
            case = chance.choice((str.upper, str.title, str.swapcase, str.lower, " {} ".format))
            parent[case(key)] = parent.pop(key)

    def _enlist(self, _: Random, parent: Any, key: Any) -> None:
        value = parent[key]
        parent[key] = value[0] if isinstance(value, list) and value else [value]

    def _as_text(self, _: Random, parent: Any, key: Any) -> None:
        parent[key] = json.dumps(parent[key])

    def _swap(self, chance: Random, parent: Any, key: Any) -> None:
        other = chance.choice(list(parent) if isinstance(parent, dict) else range(len(parent)))
        parent[key], parent[other] = parent[other], parent[key]

    def _wrapped(self, value: Any, chance: Random) -> Any:
        """The value in an envelope: of a list, of an object, of SNS, or as a text in one."""
        kind = chance.randrange(6)
        if kind == 0:
            return [value] * chance.choice((1, 2, 30))
        if kind == 1:
            return {chance.choice(self._keys): value}
        if kind == 2:
            return {chance.choice(self._keys): json.dumps(value)}
        if kind == 3:
            return {"Type": "Notification", "Message": json.dumps(value)}
        if kind == 4:
            return {"whatsAppWebhookEntry": json.dumps(value)}
        return {"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]}


def bytes_changed(body: bytes, chance: Random) -> bytes:
    """The bytes with some of them replaced, removed, repeated or added."""
    changed = bytearray(body)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(changed) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            del changed[at:]
        elif kind == 1:
            del changed[at : at + chance.randrange(1, 20)]
        elif kind == 2:
            changed[at:at] = chance.randbytes(chance.randrange(1, 5))
        elif kind == 3:
            changed[at:at] = changed[at : at + chance.randrange(1, 200)]
        else:
            changed[at : at + 1] = bytes(
                [chance.choice((0, 9, 34, 44, 58, 91, 92, 93, 123, 125, 255))]
            )
    return bytes(changed)


def keys_doubled(body: bytes, chance: Random) -> bytes:
    """The JSON with one key renamed to another one of it, so that it may stand there twice."""
    names = list(KEY.finditer(body))
    if len(names) < 2:
        return body
    one, other = chance.choice(names), chance.choice(names)
    return body[: one.start(1)] + other[1] + body[one.end(1) :]
