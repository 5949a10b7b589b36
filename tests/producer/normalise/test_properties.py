"""For any input: no exception, no lost element, and the same events each time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producer.json_text import dump, load
from producer.normalise import Event, normalise
from producer.normalise.dead_letter import DETAILS, UNEXPECTED
from producer.normalise.identity import content_hash
from schemas.codec import Encoder, decode
from schemas.content_hash import MASK
from schemas.registry import DerivedRegistry
from schemas.topics import DEAD_LETTERS, TOPICS, columns_of
from settings import dialects as registry
from tests.support.fixtures import RECEIVED_AT
from tests.support.fixtures import load as load_fixtures
from tests.support.jsons import bodies, broken_payloads

REGISTRY = DerivedRegistry()
ENCODERS = {topic: Encoder(topic, REGISTRY) for topic in TOPICS}
DIALECTS = (registry.AUTO, *registry.DIALECTS)
FLAT = {"statuses", "messages", "errors", "contacts"}

dialects = st.sampled_from(DIALECTS)
numbers = st.sampled_from((None, "15550783881", "+1 555", "none"))


def run(body: bytes, dialect: str, number: str | None) -> list[Event]:
    return normalise(
        body, source="s", dialect=dialect, business_number=number, received_at=RECEIVED_AT
    )


def assert_sound(body: bytes, dialect: str, number: str | None) -> list[Event]:
    """Checks what must be true for every body."""
    events = run(body, dialect, number)
    assert events
    assert events == run(body, dialect, number)
    for event in events:
        assert tuple(sorted(event.record)) == tuple(sorted(columns_of(event.topic)))
        decode(ENCODERS[event.topic](event.record), REGISTRY)
        numbers = (value for value in event.record.values() if isinstance(value, int))
        assert all(abs(number) <= MASK for number in numbers)  # what JavaScript can read
        if event.topic is DEAD_LETTERS:
            assert event.record["reason"] in DETAILS
            assert event.record["reason"] != UNEXPECTED, event.record["detail"]
    return events


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def foreign(product: str) -> bool:
    return bool(product) and not product.startswith("whatsapp")


def elements(body: Any) -> Iterator[Any]:
    """The statuses and messages at the places where a body may hold them."""
    for item in listed(body):
        if not isinstance(item, dict):
            continue
        product = item.get("object")
        if isinstance(item.get("entry"), dict | list):
            if isinstance(product, str) and foreign(product.strip().lower()):
                yield item  # of another product, and kept as a whole
                continue
            for entry in listed(item["entry"]):
                yield from in_entry(entry)
        elif isinstance(item.get("changes"), dict | list):
            yield from in_entry(item)
        elif "field" in item and isinstance(item.get("value"), dict):
            yield from in_value(item["value"])
        elif FLAT & item.keys() and not isinstance(item.get("metadata"), dict):
            yield from in_lists(item)
        else:
            yield from in_value(item)


def in_entry(entry: Any) -> Iterator[Any]:
    if isinstance(entry, dict) and isinstance(entry.get("changes"), dict | list):
        for change in listed(entry["changes"]):
            if isinstance(change, dict) and isinstance(change.get("value"), dict):
                yield from in_value(change["value"])


def in_value(value: dict[str, Any]) -> Iterator[Any]:
    yield from in_lists(value)
    for inner in listed(value.get("standby")):
        if isinstance(inner, dict):
            yield from in_lists(inner)


def in_lists(value: dict[str, Any]) -> Iterator[Any]:
    for name in ("statuses", "messages"):
        if isinstance(value.get(name), list):
            yield from value[name]
    chunks = value.get("history")
    for chunk in chunks if isinstance(chunks, list) else ():
        threads = chunk.get("threads") if isinstance(chunk, dict) else None
        for thread in threads if isinstance(threads, list) else ():
            messages = thread.get("messages") if isinstance(thread, dict) else None
            yield from messages if isinstance(messages, list) else ()


def assert_nothing_lost(body: bytes, events: list[Event]) -> None:
    """Checks that each element's content is in events at least as often as in the body."""
    went_in = Counter(content_hash(dump(element)) for element in elements(load(body)))
    came_out = Counter(event.record["content_hash"] for event in events)
    assert went_in <= came_out


@given(bodies, dialects, numbers)
def test_any_json(body: Any, dialect: str, number: str | None) -> None:
    sent = json.dumps(body).encode()
    assert_nothing_lost(sent, assert_sound(sent, dialect, number))


@given(broken_payloads(), dialects, numbers)
def test_broken_payloads(body: Any, dialect: str, number: str | None) -> None:
    sent = json.dumps(body).encode()
    assert_nothing_lost(sent, assert_sound(sent, dialect, number))


@given(st.binary(max_size=200), dialects, numbers)
@example(b"", "auto", None)
@example(b"\xef\xbb\xbf{}", "auto", None)
@example(b'{"entry": NaN}', "auto", None)
@example(b'{"statuses": [1e999]}', "auto", None)
@example(b"[" * 5000 + b"]" * 5000, "auto", None)
@example(b'{"statuses":' + b'[{"a":' * 400 + b"1" + b"}]" * 400 + b"}", "auto", None)
@example(b'{"statuses": [%s]}' % (b"9" * 6000), "auto", None)
def test_any_bytes(body: bytes, dialect: str, number: str | None) -> None:
    assert_sound(body, dialect, number)


@given(st.data(), dialects)
def test_damaged_bytes(data: st.DataObject, dialect: str) -> None:
    body = bytearray(data.draw(st.sampled_from([fixture.body for fixture in load_fixtures()])))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert_sound(bytes(body), dialect, None)


@pytest.mark.parametrize("name", ["statuses", "messages"])
@given(bad=st.sampled_from((None, 7, "x", [], {}, {"id": "wamid.b"}, {"timestamp": "soon"})))
def test_one_bad_element_does_not_affect_the_others(name: str, bad: Any) -> None:
    good = [
        {"id": f"wamid.{index}", "status": "sent", "timestamp": "1785000000", "type": "text"}
        for index in range(999)
    ]
    body = json.dumps({name: [*good[:500], bad, *good[500:]]}).encode()
    events = run(body, "auto", "15550783881")
    landed = [event for event in events if event.topic is not DEAD_LETTERS]
    assert [event.record["message_id"] for event in landed] == [item["id"] for item in good]
    assert len(events) == 1000
