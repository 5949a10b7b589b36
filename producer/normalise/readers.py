"""Reads single JSON values as the values of columns; None if a value cannot be read so."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from producer.normalise.event import Json
from producer.providers.conversions import time

T = TypeVar("T")

SECOND = 1_000_000
EARLIEST = 1_230_768_000 * SECOND  # 2009-01-01, the year WhatsApp began
LATEST = 4_102_444_800 * SECOND  # 2100-01-01
MAX_LABEL = 200
CODES = range(-(2**53) + 1, 2**53)  # what every client can read: JavaScript has no more

_USER_ID = re.compile(r"(?:[A-Za-z]{2}|user)\.[A-Za-z0-9.]+")
_PHONE_AT_SERVER = re.compile(r"(\+?[0-9]{5,20})(?::[0-9]{1,4})?@(?:s\.whatsapp\.net|c\.us)")
_NO_DIGIT = re.compile(r"[^0-9]")
_LETTER = re.compile(r"[^\W\d_]")
_INTEGER = re.compile(r"(-?[0-9]{1,19})(?:\.0{1,9})?")
_NUMBER = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,9})?")
# A date alone does not say when on that day.
_DATE_AND_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.{0,20}")


def take(rest: Json, key: str, read: Callable[[Any], T | None]) -> T | None:
    """Reads one field and removes it from `rest`. A field that cannot be read stays in `rest`."""
    value = rest.get(key)
    if value is None or value == "":
        rest.pop(key, None)
        return None
    found = read(value)
    if found is not None:
        del rest[key]
    return found


def take_object(rest: Json, key: str) -> Json:
    """Removes the object under `key` from `rest` and returns a copy; {} if it is not an object."""
    value = rest.get(key)
    if isinstance(value, dict):
        del rest[key]
        return dict(value)
    if value is None:
        rest.pop(key, None)
    return {}


def put_back(rest: Json, key: str, left: Json | str | None) -> None:
    """Puts the unread part of a value back into `rest`, unless it is empty."""
    if left:
        rest[key] = left


def joined(inner: Json, outer: Json) -> Json:
    """The keys of both objects. If both have a key with different values, the outer one's gets a
    trailing underscore."""
    found = dict(inner)
    for key, value in outer.items():
        shortest = len(key)
        while key in found and found[key] != value:
            # Add more underscores the more there are: one each time would take too long.
            key += "_" * (1 + (len(key) - shortest) // 8)
        found[key] = value
    return found


def identifier(value: Any) -> str | None:
    """An id as text, without blanks around it. Numbers become text."""
    if isinstance(value, str):
        return value.strip() or None
    return _digits_of(value)


def address(value: Any) -> str | None:
    """The id of a person or group. A phone number stands alone, without the server it is on.

    Some gateways write `15550001234@s.whatsapp.net` or `15550001234:7@c.us` (the seventh device).
    """
    found = identifier(value)
    match = _PHONE_AT_SERVER.fullmatch(found) if found else None
    return match[1] if match else found


def label(value: Any) -> str | None:
    """An id or name for every row of a body; None if it is longer than MAX_LABEL."""
    found = identifier(value)
    return found if found and len(found) <= MAX_LABEL else None


def text(value: Any) -> str | None:
    """Text as sent. Numbers become text."""
    if isinstance(value, str):
        return value or None
    return _digits_of(value)


def word(value: Any) -> str | None:
    """A name such as a type or an event: text without blanks around it."""
    return (value.strip() or None) if isinstance(value, str) else None


def _digits_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return None


def integer(value: Any) -> int | None:
    """A number in CODES, from an integer, a text, or a float without a fraction."""
    if isinstance(value, str):
        match = _INTEGER.fullmatch(value.strip())
        if match is None:
            return None
        number = int(match[1])
    elif isinstance(value, bool):
        return None
    elif isinstance(value, int):
        number = value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    else:
        return None
    return number if number in CODES else None


def boolean(value: Any) -> bool | None:
    """True or false, from a boolean or a text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


def instant(value: Any) -> int | None:
    """Microseconds since 1970, from seconds to nanoseconds, as number or text, or from ISO 8601.

    The unit follows from the size, because an instant must be between 2009 and 2100. A date and
    time without a zone is in UTC.
    """
    number: int | float
    if isinstance(value, str):
        stripped = value.strip().upper()
        if _NUMBER.fullmatch(stripped):
            number = float(stripped) if "." in stripped else int(stripped)
        elif _DATE_AND_TIME.fullmatch(stripped) and isinstance(read := time(stripped), int):
            number = read
        else:
            return None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = value
    else:
        return None
    if number < 10**11:
        micros = number * SECOND
    elif number < 10**14:
        micros = number * 1000
    elif number < 10**17:
        micros = number
    else:
        micros = number // 1000
    return round(micros) if EARLIEST <= micros < LATEST else None


@lru_cache(maxsize=4096)
def _digits(value: str) -> str | None:
    return _NO_DIGIT.sub("", value) or None


def digits(value: Any) -> str | None:
    """The digits of a business phone number, without punctuation.

    None if it has letters: a masked number without its letters would be another number.
    """
    found = label(value)
    return _digits(found) if found and not _LETTER.search(found) else None


def is_user_id(value: str) -> bool:
    """Whether this text is a business-scoped user id (`US.1349…`), in any field."""
    return value.isascii() and "." in value and _USER_ID.fullmatch(value) is not None


def raised(value: Any) -> str | None:
    """A name in capitals."""
    found = word(value)
    return found.upper() if found else None


def underscored(value: Any) -> str | None:
    """A category or origin as Meta writes it; others write capitals, or hyphens in it."""
    found = word(value)
    return found.lower().replace("-", "_") if found else None
