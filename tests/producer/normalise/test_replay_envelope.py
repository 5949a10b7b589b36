"""Dead letters that are read again give themselves, or the events of the whole body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.normalise import Event, lists, normalise
from producer.normalise.dead_letter import MISSING_ID, Unreadable
from producer.normalise.event import Json
from producer.providers.canonical import SMALL_KEYS
from schemas.topics import DEAD_LETTERS, ERRORS
from settings import dialects as registry
from tests.support.fixtures import RECEIVED_AT, Fixture, load
from tests.support.jsons import bodies, broken_payloads

DIALECTS = (registry.AUTO, *registry.DIALECTS)
NUMBER = "15550783881"
READERS = ("status_event", "message_event", "element_event", "history_event", "past_events")


def read(body: bytes, dialect: str, number: str | None = NUMBER) -> list[Event]:
    return normalise(
        body, source="s", dialect=dialect, business_number=number, received_at=RECEIVED_AT
    )


def dead(events: list[Event]) -> list[Event]:
    return [event for event in events if event.topic is DEAD_LETTERS]


@given(bodies | broken_payloads(), st.sampled_from(DIALECTS), st.sampled_from((None, NUMBER)))
def test_replayed_it_is_the_same_dead_letter(body: Any, dialect: str, number: str | None) -> None:
    for letter in dead(read(json.dumps(body).encode(), dialect, number)):
        (again,) = read(letter.record["payload"], dialect, number)
        assert again.topic is DEAD_LETTERS
        assert again.record["event_id"] == letter.record["event_id"]
        assert again.record["content_hash"] == letter.record["content_hash"]


@pytest.mark.parametrize("standby", [None, [], {}, {"object": None}, [1], "a"])
def test_a_list_in_the_metadata_does_not_change_the_dead_letter(standby: Any) -> None:
    body = {"statuses": [None], "metadata": {"standby": standby}}
    (letter,) = dead(read(json.dumps(body).encode(), "auto"))
    (again,) = read(letter.record["payload"], "auto")
    assert again.record["event_id"] == letter.record["event_id"]


def test_history_of_an_unknown_field_is_the_same_dead_letter() -> None:
    value = {"history": [{"threads": [{"messages": [{}]}]}]}
    body = {"entry": [{"changes": [{"field": "future_history", "value": value}]}]}
    (letter,) = dead(read(json.dumps(body).encode(), "cloud"))
    (again,) = read(letter.record["payload"], "cloud")
    assert again.record["event_id"] == letter.record["event_id"]


@pytest.mark.parametrize("count", [SMALL_KEYS - 1, SMALL_KEYS, SMALL_KEYS + 1])
def test_the_name_of_an_unknown_field_is_not_an_unknown_key(count: int) -> None:
    """It is kept with the element, so it must not make the other keys too many."""
    value = {"messages": [None]} | {f"v{n}": n for n in range(count - 1)}
    body = {"entry": [{"changes": [{"field": "x", "value": value}]}], "object": None}
    letters = dead(read(json.dumps(body).encode(), "auto"))
    assert letters[0].record["reason"] == "not_an_object"
    for letter in letters:
        (again,) = read(letter.record["payload"], "auto")
        assert again.record["event_id"] == letter.record["event_id"]


@pytest.mark.parametrize("fixture", load(), ids=str)
def test_replayed_by_a_better_normaliser_it_is_the_event_of_the_whole_body(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = facts(fixture.normalise())
    with monkeypatch.context() as before:
        for name in READERS:
            before.setattr(lists, name, unable)
        then = fixture.normalise()
    arguments = {"source": "test", "dialect": "auto", "business_number": None, **fixture.arguments}
    read_again = [
        event
        for letter in dead(then)
        for event in normalise(letter.record["payload"], **arguments, received_at=RECEIVED_AT)
    ]
    assert facts(read_again) | facts(then) == now | facts(then)


def facts(events: list[Event]) -> dict[tuple[str, int], str | None]:
    """Ids, hashes and times of the events, without dead letters."""
    return {
        (event.record["event_id"], event.record["content_hash"]): event.key and event.key.decode()
        for event in events
        if event.topic is not DEAD_LETTERS
    }


def unable(*_: Any, **__: Any) -> Any:
    raise Unreadable(MISSING_ID)


@pytest.mark.parametrize("dialect", ["onprem", "engagelab"])
def test_the_business_number_of_a_flat_body_stays(dialect: str) -> None:
    body = {"business_phone": "+1 555", "statuses": [{"id": "a", "status": "sent"}], "note": "x"}
    (letter,) = dead(read(json.dumps(body).encode(), dialect))
    assert json.loads(letter.record["payload"]) == body | {"business_phone": "1555"}


def test_only_the_cards_of_named_people_stay() -> None:
    cards = [{"wa_id": str(n), "profile": {"name": f"N{n}"}} for n in range(3)]
    body = {"contacts": cards, "messages": [{"from": "1", "id": "a"}, {"from": "7", "id": "b"}]}
    first, second = dead(read(json.dumps(body).encode(), "onprem"))
    assert json.loads(first.record["payload"])["contacts"] == [cards[1]]
    assert "contacts" not in json.loads(second.record["payload"])


def test_too_many_scalars_beside_an_element_do_not_become_an_event() -> None:
    change = {"field": "messages", "value": {"statuses": [7]} | {f"v{n}": n for n in range(6)}}
    body = {"entry": [{"id": "1", "changes": [change]} | {f"e{n}": n for n in range(6)}]}
    (letter,) = read(json.dumps(body).encode(), "cloud")
    assert [event.topic for event in read(letter.record["payload"], "cloud")] == [DEAD_LETTERS]


def test_an_error_beside_other_elements_is_replayed_as_an_error() -> None:
    body = {
        "errors": ["boom"],
        "statuses": [{"id": "a", "status": "sent", "timestamp": "1785000000"}],
    }
    (letter,) = dead(read(json.dumps(body).encode(), "onprem"))
    assert letter.topic is not ERRORS
    assert json.loads(letter.record["payload"]) == {"errors": ["boom"]}


BROKEN = {"changes": [{"field": "messages", "value": {"statuses": [{}]}}]}


@pytest.mark.parametrize(
    "body",
    [
        {"entry": [{"errors": {"code": 1}} | BROKEN]},
        {"entry": [{"errors": []} | BROKEN]},
        {"entry": [BROKEN], "errors": {"code": 1}},
        {
            "entry": [
                {"history": {"a": 1}, "standby": {"a": 1}, "message_echoes": {"b": 1}} | BROKEN
            ]
        },
        {"entry": [{"history": 3, "standby": "x", "statuses": {"a": 3}} | BROKEN]},
        {"changes": [{"field": "x", "value": {"errors": [], "standby": [{"statuses": [{}]}]}}]},
        {
            "changes": [
                {"field": "x", "value": {"errors": {"a": 1}, "standby": [{"statuses": [{}]}]}}
            ]
        },
    ],
)
def test_keys_that_mean_something_in_a_value_are_not_put_into_it(body: Json) -> None:
    """Beside the changes, or in a value of another kind, they are unknown keys."""
    first, *_ = letters = dead(read(json.dumps(body).encode(), "auto"))
    assert first.record["reason"] == MISSING_ID
    for letter in letters:
        (again,) = read(letter.record["payload"], "auto")
        assert again.record["event_id"] == letter.record["event_id"]
