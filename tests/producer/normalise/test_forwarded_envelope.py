"""Meta's envelope inside the body of another program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producer.normalise.scope import FREE_COPIES
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, STATUSES
from tests.support.normalised import events_of

STATUS = {"id": "wamid.1", "status": "sent", "timestamp": "1785000000"}


def envelope(*statuses: Any) -> dict[str, Any]:
    value = {"metadata": {"phone_number_id": "1"}, "statuses": list(statuses)}
    changes = [{"field": "messages", "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "7", "changes": changes}]}


@pytest.mark.parametrize("key", ["body", "payload", "detail", "Message", "metaData"])
@pytest.mark.parametrize("written", [lambda body: body, json.dumps])
def test_the_ids_are_those_of_the_envelope_alone(key: str, written: Any) -> None:
    (alone,) = events_of(envelope(STATUS))
    (found,) = events_of({key: written(envelope(STATUS)), "source": "bus"})
    assert found.record["event_id"] == alone.record["event_id"]
    assert found.record["content_hash"] == alone.record["content_hash"]
    assert json.loads(found.record["extra"]) == {"envelope": {"forwarded_in": {"source": "bus"}}}


@pytest.mark.parametrize(
    ("body", "around"),
    [
        ({"body": {"body": envelope(STATUS)}}, None),
        (
            {"Records": [{"messageId": "m", "body": json.dumps(envelope(STATUS))}]},
            {"Records": [{"messageId": "m"}]},
        ),
        (
            {
                "Records": [
                    {"body": json.dumps({"Type": "N", "Message": json.dumps(envelope(STATUS))})}
                ]
            },
            {"Records": [{"body": {"Type": "N"}}]},
        ),
        ([{"data": {"event": envelope(STATUS)}, "id": 1}], None),
    ],
)
def test_it_may_be_several_levels_deep(body: Any, around: Any) -> None:
    (alone,) = events_of(envelope(STATUS))
    (found,) = events_of(body)
    assert found.record["event_id"] == alone.record["event_id"]
    if around:
        assert json.loads(found.record["extra"]) == {"envelope": {"forwarded_in": around}}


def test_much_around_many_elements_is_kept_once() -> None:
    """The size of what is stored must not be that of the body times the number of elements."""
    statuses = [{**STATUS, "id": f"wamid.{number}"} for number in range(100)]
    around = {"header": "y" * (FREE_COPIES // 50)}
    found = events_of({"body": envelope(*statuses), **around})
    assert [event.topic for event in found] == [STATUSES] * 100 + [ACCOUNT_EVENTS]
    assert json.loads(found[-1].record["value"]) == {"forwarded_in": around}
    assert not any(event.record["extra"] for event in found[:-1])


def test_a_dead_letter_of_a_part_is_read_again_as_the_same() -> None:
    (letter,) = events_of({"body": envelope({"status": "sent"}), "source": "bus"})
    (again,) = events_of(json.loads(letter.record["payload"]))
    assert letter.topic is again.topic is DEAD_LETTERS
    assert letter.record["event_id"] == again.record["event_id"]


@pytest.mark.parametrize(
    "body",
    [
        {"body": envelope(STATUS) | {"object": "page"}},
        {"1": {"2": {"3": {"4": {"5": envelope(STATUS)}}}}},
        {"Records": [{"body": envelope(STATUS)}, {"body": envelope(STATUS)}]},
        {"body": {"statuses": [STATUS]}},
        {"body": {"entry": [STATUS]}},
        {"body": "{" + json.dumps(envelope(STATUS))},
        {"one": envelope(STATUS), "two": envelope(STATUS)},
        json.dumps({"statuses": [STATUS]}),
    ],
)
def test_other_bodies_stay_whole(body: Any) -> None:
    (letter,) = events_of(body)
    assert letter.record["reason"] == "not_understood"
    assert json.loads(letter.record["payload"]) == body
