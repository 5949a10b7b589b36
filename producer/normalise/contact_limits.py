"""Decides which contact cards are copied to the elements that name them, and which are not."""

from __future__ import annotations

from collections import Counter
from typing import Any

from producer.normalise.contacts import People
from producer.normalise.event import Json
from producer.normalise.history import threads_of
from producer.normalise.json_text import dump
from producer.normalise.scope import FREE_COPIES, HISTORY

EVENTS_OF_PAST_MESSAGE = 2  # an echo and its status both have the card

Lists = dict[str, list[Any]]


def sorted_out(contacts: Any, lists: Lists, value: Json) -> tuple[list[Json], list[Any]]:
    """Splits `contacts`: the cards to copy to elements, and the rest, which is kept once.

    The rest are values that are not cards, and cards whose copies would take too many bytes:
    thousands of elements may name the same card. All copies together may take FREE_COPIES bytes,
    or as many as the value has if that is more.
    """
    listed = contacts if isinstance(contacts, list) else [contacts] if contacts else []
    cards = [card for card in listed if isinstance(card, dict)]
    odd = [card for card in listed if not isinstance(card, dict)]
    elements = sum(map(len, lists.values()))
    if not cards or (elements == 1 and HISTORY not in lists):
        return cards, odd
    sizes = [len(dump(card)) for card in cards]
    if sum(sizes) * elements <= FREE_COPIES and HISTORY not in lists:
        return cards, odd  # not worth counting
    copies = _copies(cards, lists)
    weights = [size * count for size, count in zip(sizes, copies, strict=True)]
    left = FREE_COPIES
    if sum(weights) <= left:
        return cards, odd
    left = max(left, len(dump(value)))
    kept: set[int] = set()
    # Smallest first, so that cards which only one element names always fit.
    for index in sorted(range(len(cards)), key=weights.__getitem__):
        if weights[index] <= left:
            left -= weights[index]
            kept.add(index)
    odd += [card for index, card in enumerate(cards) if index not in kept]
    return [card for index, card in enumerate(cards) if index in kept], odd


def _copies(cards: list[Json], lists: Lists) -> list[int]:
    """The largest possible number of copies of each card: one for each element that names it."""
    people = People(cards, 0)
    copies: Counter[int] = Counter()
    events = 0
    for name, elements in lists.items():
        for element in elements:
            events += 1
            copies.update(people.candidates(element))
            for customer, messages in threads_of(element) if name == HISTORY else ():
                events += EVENTS_OF_PAST_MESSAGE * len(messages)
                for message in messages:
                    for card in people.candidates(message, customer):
                        copies[card] += EVENTS_OF_PAST_MESSAGE
    if len(cards) == 1 and sum(map(len, lists.values())) == 1:
        return [events]  # the only card belongs to the only element and to everything in it
    return [copies[id(card)] for card in cards]
