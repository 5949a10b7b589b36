"""Keyed hashes that stand for people and messages: the same for the same key, wherever they are."""

from __future__ import annotations

import hashlib
import hmac
import re

from producer.places import place
from schemas.content_hash import MASK

# Phone numbers are written with these marks, or without.
_PHONE = re.compile(r"[0-9][0-9 ()./-]{4,}")
_MARKS = re.compile(r"[^0-9]")
# Ids of these kinds begin with their kind; it says nothing about a person.
_KINDS = ("wamid", "wacid")
LONGEST_NUMBER = 15  # digits, as E.164 says


class Pseudonyms:
    """The hashes of one key. `key_id` is part of each, so that a row says which key it needs."""

    def __init__(self, key_id: str, key: str) -> None:
        self._key_id = key_id
        self._key = key.encode()

    def person(self, name: str) -> str:
        """A pseudonym for a phone number or user id, which begins in the same country.

        That of a phone number begins with a digit; queries know it by that.
        """
        person = _plain(name)
        return f"{_beginning(person)}.{self.other('person', person)}"

    def person_of(self, message_id: str, name: str) -> str:
        """A pseudonym for somebody that is another one in each message."""
        person = _plain(name)
        return f"{_beginning(person)}.{self._hash('participant', message_id, person)[:16]}"

    def country(self, name: str) -> str | None:
        """Only the beginning that names the country; None if it is not known."""
        return place(_plain(name)) or None

    def message(self, message_id: str) -> str:
        """A pseudonym for the id of a message, which may have a phone number in base64."""
        kind = message_id.partition(".")[0]
        return f"{kind if kind in _KINDS else 'id'}.{self.other('message', message_id)}"

    def other(self, kind: str, name: str) -> str:
        """A pseudonym for anything else that has a name."""
        return f"{self._key_id}.{self._hash(kind, name)}"

    def uuid(self, name: str) -> str:
        """A UUID (version 8, for own schemes) instead of one that depends on what is left out."""
        text = self._hash("uuid", name)
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def number(self, number: int) -> int:
        """A number of the width of `content_hash` instead of one that depends on a text."""
        return int(self._hash("number", str(number))[:16], 16) & MASK

    def _hash(self, *parts: str) -> str:
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, hashlib.sha256).hex()[:32]


def is_person(name: str) -> bool:
    """Whether this looks like a phone number or user id, and not like the id of a group."""
    if name.isascii() and name.isdigit():
        return len(name) <= LONGEST_NUMBER
    return place(name.upper()).endswith(".")


def _plain(name: str) -> str:
    """The name as people are compared by it."""
    person = name.strip().lstrip("+").upper()
    return _MARKS.sub("", person) if _PHONE.fullmatch(person) else person


def _beginning(person: str) -> str:
    """What tells the country, or else a digit for phone numbers and a letter for other ids."""
    unknown = "0" if person.isascii() and person.isdigit() else "x"
    return place(person).removesuffix(".") or unknown
