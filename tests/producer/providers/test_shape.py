"""Providers with shapes of their own: nothing is lost, and none takes the body of another."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.json_text import dump
from producer.json_text import load as read
from producer.normalise import normalise
from producer.providers import PROVIDERS, recognised
from schemas.topics import DEAD_LETTERS
from settings.dialects import DIALECTS
from tests.support.fixtures import RECEIVED_AT, Fixture, load
from tests.support.jsons import values

NAMES = ("gupshup", "infobip", "vonage", "ycloud", "sinch", "wati", "bird", "azure")
MARK = "mark-7f3a"


def bodies_of(name: str) -> list[Any]:
    return [json.loads(fixture.body) for fixture in load() if fixture.dialect == name]


def objects_in(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, dict):
        yield body
    for item in body.values() if isinstance(body, dict) else body:
        if isinstance(item, dict | list):
            yield from objects_in(item)


@st.composite
def marked(draw: st.DrawFn, name: str) -> Any:
    """A body of this provider with a few unknown keys and odd values in any of its objects."""
    body = copy.deepcopy(draw(st.sampled_from(bodies_of(name))))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(list(objects_in(body))))
        key = draw(st.sampled_from([*sorted(place), "id", "type", "status", "text", "other"]))
        place[key] = draw(values)
    place = draw(st.sampled_from(list(objects_in(body))))
    key = draw(st.sampled_from(["novelty", "id", "wamid", "text", "errors_", "payload"]))
    if key not in place:
        place[key] = {"novelty": MARK}
    else:
        place["novelty"] = MARK
    return read(json.dumps(body).encode())


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_nothing_is_lost(name: str, data: st.DataObject) -> None:
    body = data.draw(marked(name))
    before = copy.deepcopy(body)
    sent = json.dumps(body).encode()
    first, second = (
        normalise(
            sent, source="s", dialect=name, business_number="15550001111", received_at=RECEIVED_AT
        )
        for _ in range(2)
    )
    assert first == second
    for item in body if isinstance(body, list) else [body]:
        if PROVIDERS[name].recognises(item, False):
            PROVIDERS[name].to_canonical(item)
    assert body == before
    assert MARK in str([event.record for event in first])
    assert not [event.record for event in first if event.record.get("reason") == "unexpected"]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_the_way_back_is_exact(name: str, data: st.DataObject) -> None:
    provider = PROVIDERS[name]
    body = data.draw(marked(name))
    for item in body if isinstance(body, list) else [body]:
        if not provider.recognises(item, False):
            continue
        canonical = provider.to_canonical(item)
        for entry in canonical["entry"]:
            for change in entry["changes"]:
                one = {"entry": [{**entry, "changes": [change]}]}
                again = provider.from_canonical(one)
                assert provider.recognises(again, False)
                assert dump(provider.to_canonical(again)) == dump(one)


@pytest.mark.parametrize("fixture", [f for f in load() if f.dialect in NAMES], ids=str)
def test_a_dead_letter_has_the_providers_own_shape(fixture: Fixture) -> None:
    """Also where each of several results becomes a body of its own."""
    provider = PROVIDERS[fixture.dialect]
    body = json.loads(fixture.body)
    for item in body if isinstance(body, list) else [body]:
        if not provider.recognises(item, False):
            continue
        (entry, *_) = provider.to_canonical(item)["entry"]
        again = provider.from_canonical({"entry": [{**entry, "changes": entry["changes"][:1]}]})
        assert not any(key.endswith("_canonical") for key in again)


@pytest.mark.parametrize("fixture", [f for f in load() if f.case != "malformed_json"], ids=str)
def test_no_other_provider_takes_a_body(fixture: Fixture) -> None:
    """The order of the registry decides only among Meta's older shapes."""
    try:
        body = json.loads(fixture.body)
    except ValueError:
        return
    for item in body if isinstance(body, list) else [body]:
        if not isinstance(item, dict):
            continue
        taken = {name for name in NAMES if PROVIDERS[name].recognises(item, False)}
        if fixture.dialect in NAMES:
            others = set(DIALECTS) - {fixture.dialect}
            assert not {name for name in others if PROVIDERS[name].recognises(item, False)}
            assert recognised(item, "auto") in (fixture.dialect, None)
            assert recognised(item, "auto") or dead(fixture)
        else:
            assert not taken


def dead(fixture: Fixture) -> bool:
    return all(event.topic is DEAD_LETTERS for event in fixture.normalise())


REPORT = {"messageId": "m", "to": "16505551234", "doneAt": "2026-11-25T09:46:43Z"}
IDENTITY = {"channel": "SMS", "identity": "16505551234"}


@pytest.mark.parametrize(
    "body",
    [
        {"results": [{**REPORT, "smsCount": 1, "status": {"name": "DELIVERED_TO_HANDSET"}}]},
        {"results": [{**REPORT, "channel": "VIBER", "status": {"name": "DELIVERED_TO_HANDSET"}}]},
        {"channel": "sms", "message_uuid": "m", "timestamp": "1795600000", "status": "delivered"},
        {"message_delivery_report": {"message_id": "m", "channel_identity": IDENTITY}},
        {"type": "sms.message.updated", "apiVersion": "v2", "createTime": "t", "smsMessage": {}},
        {"service": "channels", "event": "sms.outbound", "payload": {"id": "m"}},
        [{"eventType": "Microsoft.Communication.SMSReceived", "data": {"message": "Hi"}}],
    ],
)
def test_what_is_not_of_whatsapp_is_a_dead_letter(body: Any) -> None:
    (letter,) = normalise(
        json.dumps(body).encode(),
        source="s",
        dialect="auto",
        business_number="15550001111",
        received_at=RECEIVED_AT,
    )
    assert (letter.topic, letter.record["reason"]) == (DEAD_LETTERS, "not_understood")
