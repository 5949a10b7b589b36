"""Bodies of Infobip with many results: neither memory nor time grows more than the body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producer.normalise import Event, normalise
from producer.providers import infobip
from producer.providers.canonical import FEW_ELEMENTS, MAX_ELEMENTS
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, STATUSES

REPORT = {"to": "16505551234", "doneAt": "2026-11-25T09:46:43Z", "status": {"name": "DELIVERED_X"}}


def read(body: Any) -> list[Event]:
    return normalise(
        json.dumps(body).encode(),
        source="s",
        dialect="infobip",
        business_number="15550001111",
        received_at=0,
    )


def test_what_stands_around_many_results_is_kept_once() -> None:
    results = [{**REPORT, "messageId": f"m{number}"} for number in range(100)]
    *statuses, around = read({"results": results, "note": "x" * 1000})
    assert {event.topic for event in statuses} == {STATUSES}
    assert len(statuses) == 100
    assert all("xxx" not in event.record["extra"] for event in statuses)
    assert around.topic is ACCOUNT_EVENTS
    assert json.loads(around.record["value"]) == {"note": "x" * 1000}


def test_what_stands_around_few_results_is_kept_with_each() -> None:
    results = [{**REPORT, "messageId": f"m{number}"} for number in range(3)]
    for event in read({"results": results, "note": "x"}):
        extra = json.loads(event.record["extra"])
        assert extra["envelope"]["infobip_batch"] == {"note": "x"}


def test_too_many_results_are_one_dead_letter() -> None:
    (letter,) = read({"results": [{**REPORT, "messageId": "m"}, *([0] * MAX_ELEMENTS)]})
    assert (letter.topic, letter.record["reason"]) == (DEAD_LETTERS, "too_many")


@pytest.mark.parametrize("result", [{}, {"a": 1}, 0])
def test_tiny_results_are_not_converted_one_by_one(result: Any) -> None:
    body = {"results": [{**REPORT, "messageId": "m"}, *([result] * FEW_ELEMENTS)]}
    assert "entry" not in infobip.to_canonical(body)
    (letter,) = read(body)
    assert letter.record["reason"] == "too_many"


def test_results_that_are_no_objects_share_an_entry() -> None:
    body = {"results": [0, {**REPORT, "messageId": "m"}, *([[]] * 1000)]}
    assert len(infobip.to_canonical(body)["entry"]) == 2
