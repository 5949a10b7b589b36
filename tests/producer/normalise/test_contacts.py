"""Contact cards are found by the ids on them, and each event names the cards that are in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producer.normalise import Event, normalise
from producer.normalise.contacts import NOBODY, People
from tests.support.fixtures import RECEIVED_AT
from tests.support.payloads import status

ANN = {"wa_id": "1650", "profile": {"name": "Ann"}, "about": "a"}
BOB = {"user_id": "US.13491208655302741918", "about": "b"}


def read(contacts: list[Any], **lists: list[Any]) -> list[Event]:
    value = {"contacts": contacts, **lists}
    return normalise(
        json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode(),
        source="s",
        dialect="auto",
        business_number=None,
        received_at=RECEIVED_AT,
    )


MESSAGE = {"id": "wamid.1", "from": "1650", "timestamp": "1785000000", "type": "text"}


@pytest.mark.parametrize(
    "lists",
    [
        {"statuses": [status("wamid.1", recipient_id="1650")]},
        {"statuses": [status("wamid.1", recipient_id="g", recipient_type="group")]},
        {"messages": [MESSAGE]},
        {"messages": [{"from": "1650"}]},  # without an id it is a dead letter
        {"errors": [{"code": 1}]},
        {"user_preferences": [{"wa_id": "1650", "value": "stop"}]},
    ],
    ids=["status", "group status", "message", "dead letter", "error", "account event"],
)
def test_an_event_names_the_card_in_it(lists: dict[str, Any]) -> None:
    (event,) = read([ANN], **lists)
    assert event.contacts == (ANN,)


def test_cards_in_no_event_are_kept_in_an_event_of_their_own() -> None:
    message, rest = read([ANN, BOB], messages=[MESSAGE])
    assert message.contacts == (ANN,)
    assert json.loads(rest.record["value"]) == {"contacts": [BOB]}


def test_the_answer_does_not_depend_on_earlier_questions() -> None:
    people = People([ANN, BOB], 2)
    first = people.who("1650", None)
    people.cards_of({"from": BOB["user_id"]})
    assert people.who("1650", None) == first
    assert people.who("1999", None).contacts == ()
    assert people.lone == NOBODY
