"""A small body does not become a large number of records or bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producer.normalise import Event
from producer.normalise.change import change_events
from producer.normalise.dead_letter import NOT_AN_OBJECT, TOO_MANY
from producer.normalise.lists import TooMany
from producer.normalise.scope import STANDBY, Scope
from producer.providers.canonical import FEW_ELEMENTS, LEAST_BYTES, MAX_ELEMENTS
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, STATUSES
from tests.support.fixtures import RECEIVED_AT
from tests.support.normalised import events_of

LONG = "7" * 100_000
STATUSES_OF_ONE = [
    {"id": f"wamid.{index}", "status": "sent", "timestamp": "1785000000", "recipient_id": "1650"}
    for index in range(100)
]


def envelope(value: Any, **entry: Any) -> Any:
    return {"entry": [{**entry, "changes": [{"field": "messages", "value": value}]}]}


def size(events: list[Event]) -> int:
    return sum(len(str(event.record)) for event in events)


@pytest.mark.parametrize(
    "body",
    [
        {"statuses": [1] * (MAX_ELEMENTS + 1)},
        envelope({"messages": [1] * (MAX_ELEMENTS + 1)}),
        {"entry": [{"changes": [{}] * (MAX_ELEMENTS // 2 + 1)}] * 2},
        [0] * (MAX_ELEMENTS + 1),
        ["x" * LEAST_BYTES] * (MAX_ELEMENTS + 1),
        [0] * 32_000,
        [{}] * 21_000,
        {"statuses": [{}] * (FEW_ELEMENTS + 1)},
        {"errors": [1] * (FEW_ELEMENTS + 1)},
        {"history": [{"threads": [{"messages": [1] * (MAX_ELEMENTS // 2 + 1)}] * 2}] * 2},
        {"history": [{"threads": [{"messages": [1] * (MAX_ELEMENTS + 1)}]}]},
    ],
    ids=[
        *(
            "flat",
            "one change",
            "many changes",
            "array",
            "a long array",
            "scalars",
            "empty objects",
        ),
        *("empty statuses", "errors", "history", "one thread"),
    ],
)
def test_a_body_of_too_many_elements_is_one_dead_letter(body: Any) -> None:
    (letter,) = events_of(body)
    assert letter.record["reason"] == TOO_MANY
    assert letter.record["payload"] == json.dumps(body).encode()


def test_the_rest_of_too_many_elements_is_not_read() -> None:
    scope = Scope("s", "cloud", RECEIVED_AT, None, most=3)
    unreadable = object()  # would raise TypeError
    with pytest.raises(TooMany):
        change_events(scope, STANDBY, {"standby": [0, 0, 0, 0, unreadable]})


def test_the_largest_allowed_body_is_read_element_by_element() -> None:
    for element, count in ((1, FEW_ELEMENTS), ("x" * LEAST_BYTES, MAX_ELEMENTS)):
        (letter,) = events_of({"statuses": [element] * count})
        assert letter.record["reason"] == NOT_AN_OBJECT
        assert f"{count} parts" in letter.record["detail"]


FLOODS = {
    "scalars": [0] * FEW_ELEMENTS,
    "empty objects": [{}] * 1000,
    "lists": [[number] for number in range(1000)],
    "statuses": {"statuses": [{"status": "sent", "timestamp": str(n)} for n in range(1000)]},
    "entries": {"entry": list(range(1000))},
    "changes": {"entry": [{"id": str(n), "changes": [n]} for n in range(1000)]},
    "messages": envelope({"messages": [{"from": str(n)} for n in range(1000)]}, id="1"),
    "mixed": [*range(500), {"statuses": [*STATUSES_OF_ONE, *({} for _ in range(300))]}],
}


@pytest.mark.parametrize("body", FLOODS.values(), ids=FLOODS)
def test_many_broken_parts_are_one_dead_letter_that_keeps_all(body: Any) -> None:
    events = events_of(body)
    letters = [event for event in events if event.topic is DEAD_LETTERS]
    assert len(letters) <= 2
    parts = sum(len(json.loads(letter.record["payload"])) for letter in letters)
    assert parts >= 500
    for letter in letters:
        (again,) = events_of(json.loads(letter.record["payload"]))
        assert again.record["event_id"] == letter.record["event_id"]
        assert again.record["content_hash"] == letter.record["content_hash"]


def test_no_part_of_a_flood_is_lost() -> None:
    broken = [{"status": "sent", "timestamp": "1785000000", "note": n} for n in range(150)]
    events = events_of(envelope({"statuses": [*STATUSES_OF_ONE, *broken]}, id="17"))
    assert sum(event.topic is STATUSES for event in events) == len(STATUSES_OF_ONE)
    (letter,) = (event for event in events if event.topic is DEAD_LETTERS)
    parts = json.loads(letter.record["payload"])
    values = [part["entry"][0]["changes"][0]["value"] for part in parts]
    assert [value["statuses"][0] for value in values] == broken
    assert {part["entry"][0]["id"] for part in parts} == {"17"}


def test_a_few_broken_parts_are_a_dead_letter_each() -> None:
    assert len(events_of([0] * 100)) == 100


@pytest.mark.parametrize(
    "body",
    [
        envelope({"statuses": STATUSES_OF_ONE}, id=LONG),
        envelope({"statuses": STATUSES_OF_ONE, "note": LONG}),
        envelope({"statuses": STATUSES_OF_ONE, LONG: 1}),
        envelope({"statuses": STATUSES_OF_ONE, **{f"note{n}": "x" * 150 for n in range(60)}}),
        envelope({"statuses": STATUSES_OF_ONE, "metadata": {"phone_number_id": LONG}}),
        envelope({"statuses": STATUSES_OF_ONE, "metadata": {"display_phone_number": LONG}}),
        envelope({"statuses": STATUSES_OF_ONE, "contacts": [{"wa_id": "1650", "image": LONG}]}),
        {"statuses": STATUSES_OF_ONE, "business_phone": LONG},
        {"statuses": STATUSES_OF_ONE, "notes": [LONG]},
    ],
    ids=[
        "account",
        "text",
        "name",
        "texts",
        "number id",
        "number",
        "contact",
        "business phone",
        "list",
    ],
)
def test_a_large_value_beside_many_elements_is_kept_once(body: Any) -> None:
    events = events_of(body)
    assert [event.topic for event in events] == [STATUSES] * 100 + [ACCOUNT_EVENTS]
    big = max((part for part in (LONG, "x" * 150) if part in json.dumps(body)), key=len)
    assert big in events[-1].record["value"]
    assert not any(LONG in str(event.record) for event in events[:-1])
    assert size(events) < 10 * len(json.dumps(body))


def test_a_big_contact_card_stays_with_the_only_element() -> None:
    card = {"wa_id": "1650", "image": LONG}
    (event,) = events_of(envelope({"statuses": STATUSES_OF_ONE[:1], "contacts": [card]}))
    assert LONG in event.record["extra"]


def test_many_cards_are_not_searched_for_each_of_many_elements() -> None:
    """To search all cards would take hours, so the cards are kept apart."""
    cards = [{"wa_id": str(number)} for number in range(40_000)]
    events = events_of(envelope({"contacts": cards, "standby": [{"statuses": [{}]}] * 40_000}))
    assert len(events) == 2  # the cards, and the broken elements as one
    assert len(json.loads(events[0].record["payload"])) == 40_000
    assert json.loads(events[-1].record["value"])["contacts"] == cards


CARD = {"wa_id": "1650", "profile": {"name": "N" * 300}, "about": "x" * 3000}
PAST = [{"id": f"wamid.{n}", "timestamp": "1785000000", "from": "1650"} for n in range(1000)]
SAID = {"statuses": [STATUSES_OF_ONE[0] | {"id": f"wamid.{n}"} for n in range(1000)]}


@pytest.mark.parametrize(
    "value",
    [
        SAID,
        {"messages": PAST},
        {"statuses": [{**status, "timestamp": None} for status in SAID["statuses"]]},
        {"history": [{"threads": [{"id": "1650", "messages": PAST}]}]},
        {"history": [{"threads": [{"id": "1", "messages": [{**PAST[0], "from": "2"}] * 1000}]}]},
        {"message_echoes": [{**message, "to": "1650"} for message in PAST]},
        {"standby": [SAID]},
    ],
    ids=["statuses", "messages", "dead letters", "history", "only card", "echoes", "standby"],
)
def test_one_card_that_thousands_name_is_kept_once(value: Any) -> None:
    body = envelope({**value, "contacts": [CARD]})
    events = events_of(body)
    # Broken elements are one dead letter.
    assert len(events) > 1000 or len(json.loads(events[0].record["payload"])) == 1000
    assert sum(CARD["about"] in str(event.record) for event in events) == 1
    assert CARD in json.loads(events[-1].record["value"])["contacts"]
    assert size(events) < 20 * len(json.dumps(body))


def test_a_card_found_by_another_id_is_limited_too() -> None:
    """The id of one is the number of the other."""
    cards = [{"user_id": "1650"}, CARD]
    events = events_of(envelope({**SAID, "contacts": cards}))
    assert sum(CARD["about"] in str(event.record) for event in events) == 1


def test_many_cards_named_by_many_elements_are_kept_once() -> None:
    """Each card alone would not be too much."""
    cards = [{**CARD, "wa_id": str(number), "mark": f"<{number}>"} for number in range(100)]
    statuses = [
        {**status, "recipient_id": str(number % 100)}
        for number, status in enumerate(SAID["statuses"])
    ]
    body = envelope({"statuses": statuses, "contacts": cards})
    events = events_of(body)
    assert size(events) < 5 * len(json.dumps(body))
    text = "".join(str(event.record) for event in events)
    assert all(card["mark"] in text for card in cards)


def test_each_of_many_people_keeps_their_own_card() -> None:
    cards = [{**CARD, "wa_id": str(n), "user_id": f"US.{n}"} for n in range(200)]
    statuses = [
        {**status, "recipient_id": str(number), "recipient_user_id": f"US.{number}"}
        for number, status in enumerate(SAID["statuses"][:200])
    ]
    events = events_of(envelope({"statuses": statuses, "contacts": cards}))
    assert [event.topic for event in events] == [STATUSES] * 200
    assert all(CARD["about"] in event.record["extra"] for event in events)


def test_the_same_fact_has_the_same_id_with_and_without_its_card() -> None:
    apart = events_of(envelope({**SAID, "contacts": [CARD]}))
    beside = [
        events_of(envelope({"statuses": [status], "contacts": [CARD]}))[0]
        for status in SAID["statuses"][:20]
    ]
    for one, other in zip(apart[:20], beside, strict=True):
        assert one.record["event_id"] == other.record["event_id"]
        assert one.record["content_hash"] == other.record["content_hash"]
        assert one.record["recipient_id"] == other.record["recipient_id"]


def test_long_integers_beside_many_elements_are_kept_once() -> None:
    number = int("7" * 4000)
    events = events_of(envelope({"statuses": STATUSES_OF_ONE, "number": number}))
    assert [event.topic for event in events] == [STATUSES] * 100 + [ACCOUNT_EVENTS]
    assert str(number) in events[-1].record["value"]
