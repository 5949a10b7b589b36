"""Finds the people of messages and statuses in the `contacts[]` beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from producer.normalise.event import Cards, Json
from producer.normalise.readers import (
    address,
    identifier,
    is_user_id,
    put_back,
    take,
    take_object,
    text,
)


@dataclass(frozen=True, slots=True)
class Person:
    """The ids and the name of a person; `card` is the rest of their contact card.

    `contacts` is the card as sent, if there is one.
    """

    phone: str | None
    user_id: str | None
    name: str | None = None
    card: Json = field(default_factory=dict)
    contacts: Cards = ()

    def introduced(self) -> Json:
        """The card with the name in it, for rows that have no column for names."""
        if self.name is None:
            return self.card
        return {**self.card, "profile": {**self.card.get("profile", {}), "name": self.name}}


NOBODY = Person(None, None)


class People:
    """The contact cards of one change, by the ids on them. It does not change.

    `lone` has the only card beside the only element, whose ids are not read; if there are more
    cards or elements, it has none.
    """

    __slots__ = ("_by_phone", "_by_user_id", "lone")

    def __init__(self, cards: list[Json], elements: int) -> None:
        """`elements` is the number of elements beside the cards."""
        self._by_phone = _index(cards, "wa_id")
        self._by_user_id = _index(cards, "user_id")
        card = cards[0] if len(cards) == 1 and elements == 1 else None
        self.lone = NOBODY if card is None else Person(None, None, card=card, contacts=(card,))

    def who(self, phone: str | None, user_id: str | None) -> Person:
        """The person with these ids. Their card is found by user id, then by phone.

        A card is not found by its position, with one exception: the only card beside the only
        element belongs to it if one of the two has no ids. If both have ids and they differ, the
        card is kept as a whole, but its name and ids are not used.
        """
        card = self.card_of(phone, user_id)
        if card is not None:
            return _person(card, phone, user_id)
        if not self.lone.contacts:
            return Person(phone, user_id)
        card = self.lone.card
        if (phone or user_id) and (card.get("wa_id") or card.get("user_id")):
            return Person(phone, user_id, None, card, self.lone.contacts)
        return _person(card, phone, user_id)

    def card_of(self, phone: str | None, user_id: str | None) -> Json | None:
        """The card, as sent, of the person with one of these ids; None if there is none."""
        card = None
        if user_id:
            card = self._by_user_id.get(user_id) or self._by_phone.get(user_id)
        if card is None and phone:
            card = self._by_phone.get(bare(phone))
        return card

    def cards_of(self, element: Any, near: str | None = None) -> Cards:
        """The cards for a dead letter of this element.

        These are the cards of all ids in its fields and of `near`, the id of the person it is
        about. If there are none: the only card beside the only element, or else a new card that
        holds only `near`.
        """
        found = {}
        for name in (*_named(element), *filter(None, [near])):
            card = self.card_of(name, name)
            if card is not None:
                found[id(card)] = card
        return tuple(found.values()) or self.lone.contacts or (({"wa_id": near},) if near else ())

    def candidates(self, element: Any, near: str | None = None) -> set[int]:
        """The `id()` of each card that may be used for an element.

        `near` is the id of the person it is about.
        """
        found = set()
        for name in {*_named(element), near}:
            if name is None:
                continue
            for known in (self._by_user_id, self._by_phone):
                if name in known:
                    found.add(id(known[name]))
            if name[0] == "+" and (card := self._by_phone.get(bare(name))):
                found.add(id(card))
        return found


def _named(element: Any) -> list[str]:
    """All values that may be ids in the fields of an element and of its `message`."""
    if not isinstance(element, dict):
        return []
    message = element.get("message")
    inner = message if isinstance(message, dict) else {}
    words = [address(part[key]) for part in (element, inner) for key in sorted(part)]
    return [word for word in words if word]


def _person(card: Json, phone: str | None, user_id: str | None) -> Person:
    left = dict(card)
    card_phone, card_user_id = take_address(left, "wa_id", "user_id")
    if phone and card_phone and bare(phone) != bare(card_phone):
        left["wa_id"] = card_phone
    if user_id and card_user_id and user_id != card_user_id:
        left["user_id"] = card_user_id
    profile = take_object(left, "profile")
    name = take(profile, "name", text)
    put_back(left, "profile", profile)
    return Person(phone or card_phone, user_id or card_user_id, name, left, (card,))


def take_address(rest: Json, phone_key: str, *user_id_keys: str) -> tuple[str | None, str | None]:
    """Takes phone and user id out of their fields. The phone's field may hold a user id."""
    phone = take(rest, phone_key, address)
    user_id = None
    for key in user_id_keys:
        if user_id is None:
            user_id = take(rest, key, identifier)
    if phone is not None and is_user_id(phone):
        if user_id not in (None, phone):
            rest[phone_key] = phone
        return None, user_id or phone
    return phone, user_id


def _index(cards: list[Json], key: str) -> dict[str, Json]:
    normal: Callable[[str], str] = bare if key == "wa_id" else str
    index: dict[str, Json] = {}
    for card in cards:
        value = address(card.get(key))
        if value:
            index.setdefault(normal(value), card)
    return index


def bare(phone: str) -> str:
    return phone.removeprefix("+")


NO_CONTACTS = People([], 0)
