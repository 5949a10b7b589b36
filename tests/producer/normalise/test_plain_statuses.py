"""The fast path for plain statuses gives the same events, and bytes, as the general path."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producer.normalise import general_events
from producer.normalise.plain_statuses import plain_events
from schemas.codec import Encoder
from schemas.registry import DerivedRegistry
from schemas.topics import STATUSES
from settings import dialects as registry
from tests.support.fixtures import RECEIVED_AT, Fixture, load
from tests.support.jsons import bodies, broken_payloads, scalars, values

ENCODE = Encoder(STATUSES, DerivedRegistry())
DIALECTS = st.sampled_from((registry.AUTO, *registry.DIALECTS))
WORDS = st.sampled_from(
    ("sent", "READ", " failed ", "x-y", "a\tb\n", '"\\/', "é\x7f\u2028", "", " ")
)
TIMES = st.sampled_from(("1785000000", " 1785000000 ", "1785000000123", "1785000000.5", "1", "x"))
PHONES = st.sampled_from(("16505551234", "+16505551234", "US.1349", "1@c.us", "١٢", "", " 1"))
CODES = st.integers() | st.sampled_from(
    (131049, 0, -0, 1.0, 1e3, 2**53, -(2**53), 2**53 - 1, 2**63, True, "7")
)


def parts(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


errors = parts(
    {"code": CODES},
    title=WORDS,
    message=WORDS,
    href=WORDS,
    error_data=parts({"details": WORDS}),
)
conversations = parts({"id": WORDS}, origin=parts({"type": WORDS}), expiration_timestamp=TIMES)
pricings = parts({}, billable=st.booleans(), category=WORDS, pricing_model=WORDS, type=WORDS)
statuses = parts(
    {"id": WORDS, "status": WORDS, "timestamp": TIMES, "recipient_id": PHONES},
    biz_opaque_callback_data=WORDS,
    conversation=conversations,
    errors=st.lists(errors, max_size=2),
    pricing=pricings,
    template_id=WORDS,
)
metadata = parts({"display_phone_number": PHONES, "phone_number_id": WORDS})
changes = st.fixed_dictionaries(
    {
        "field": st.just("messages"),
        "value": st.fixed_dictionaries(
            {
                "messaging_product": st.just("whatsapp"),
                "metadata": metadata,
                "statuses": st.lists(statuses, max_size=3),
            }
        ),
    }
)
entries = parts(
    {"id": WORDS, "changes": st.lists(changes, max_size=2)},
    time=st.sampled_from((1785000000, 1785000000123, 0)),
)
envelopes = st.fixed_dictionaries(
    {
        "object": st.just("whatsapp_business_account"),
        "entry": st.lists(entries, max_size=2),
    }
)
GOOD: dict[str, Any] = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "1",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {"display_phone_number": "+1 555", "phone_number_id": "2"},
                        "statuses": [
                            {
                                "id": "wamid.1",
                                "status": "failed",
                                "timestamp": "1785000000",
                                "recipient_id": "16505551234",
                                "biz_opaque_callback_data": "campaign",
                                "conversation": {
                                    "id": "c",
                                    "origin": {"type": "marketing-lite"},
                                    "expiration_timestamp": "1785000001",
                                },
                                "errors": [
                                    {
                                        "code": 131049,
                                        "title": "T",
                                        "message": "M",
                                        "error_data": {"details": "D"},
                                        "href": "H",
                                    }
                                ],
                                "pricing": {
                                    "billable": False,
                                    "category": "authentication-international",
                                    "pricing_model": "PMP",
                                    "type": "regular",
                                },
                                "template_id": "3",
                            }
                        ],
                    },
                }
            ],
        }
    ],
}


def assert_same(body: bytes, dialect: str = "auto", number: str | None = None) -> bool:
    """Whether the fast path reads the body; if it does, both paths must agree."""
    fast = plain_events(body, "s", RECEIVED_AT)
    if fast is None:
        return False
    general = general_events(body, "s", dialect, number, RECEIVED_AT)
    assert fast == general
    assert [ENCODE(event.record) for event in fast] == [ENCODE(event.record) for event in general]
    return True


def changed(body: Any, data: st.DataObject) -> Any:
    """The body after a key was dropped, added or given another value, at any depth."""
    body = copy.deepcopy(body)
    node = body
    while True:
        inner = [
            item
            for item in (node.values() if isinstance(node, dict) else node)
            if isinstance(item, dict | list) and item
        ]
        if not inner or data.draw(st.integers(0, 3)) == 0:
            break
        node = data.draw(st.sampled_from(inner))
    key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
    action = data.draw(st.sampled_from(("drop", "add", "mistype", "repeat")))
    if action == "drop":
        del node[key]
    elif action == "mistype":
        node[key] = data.draw(scalars | WORDS | TIMES | values)
    elif isinstance(node, list):
        node.append(copy.deepcopy(node[key]))
    else:
        node[data.draw(st.text(max_size=6))] = data.draw(values)
    return body


def test_a_usual_body_takes_the_fast_path() -> None:
    assert assert_same(json.dumps(GOOD).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("failed", " FAILED "),
        ("wamid.1", " wamid.1 "),
        ("campaign", ""),
        ("campaign", "\\u0000"),
        ("campaign", "a\\ud800"),
        ("campaign", '\\n\\/\\"'),
        ("131049", "1.0"),
        ("131049", "-0"),
        ("1785000001", " 1785000001.5 "),
        ("16505551234", "+16505551234"),
    ],
)
def test_unusual_values(old: str, new: str) -> None:
    body = json.dumps(GOOD).replace(old, new)
    assert body != json.dumps(GOOD)
    assert_same(body.encode())


@given(envelopes, DIALECTS, st.sampled_from((None, "15550783881")))
@example(GOOD, "auto", "15550783881")
def test_bodies_of_this_shape(body: Any, dialect: str, number: str | None) -> None:
    assert_same(json.dumps(body, ensure_ascii=False).encode(), dialect, number)


def plain() -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that all take the fast path."""
    word = st.sampled_from(
        ("sent", "READ", " failed ", "x-y", "a\tb", '"\\/', "é\x7f\u2028", "\b\f")
    )
    time = st.sampled_from(("1785000000", " 1785000000123 ", "1785000000.5"))
    phone = st.sampled_from(("16505551234", "1", "0", "0" * 30))
    code = st.integers(1 - 2**53, 2**53 - 1)
    error = parts(
        {"code": code}, title=word, message=word, href=word, error_data=parts({"details": word})
    )
    conversation = parts({"id": word}, origin=parts({"type": word}), expiration_timestamp=time)
    pricing = parts({}, billable=st.booleans(), category=word, pricing_model=word, type=word)
    status = parts(
        {"id": word, "status": word, "timestamp": time, "recipient_id": phone},
        biz_opaque_callback_data=word | st.just(""),
        conversation=conversation,
        errors=st.lists(error, min_size=1, max_size=1),
        pricing=pricing,
        template_id=word,
    )
    numbers = st.fixed_dictionaries(
        {
            "display_phone_number": st.sampled_from(("+1 (555) 01", "15550100")),
            "phone_number_id": word,
        }
    )
    value = {
        "messaging_product": st.just("whatsapp"),
        "metadata": numbers,
        "statuses": st.lists(status, min_size=1, max_size=3),
    }
    change = {"field": st.just("messages"), "value": st.fixed_dictionaries(value)}
    entry = parts(
        {
            "id": word,
            "changes": st.lists(st.fixed_dictionaries(change), min_size=1, max_size=2),
        },
        time=st.just(1785000000),
    )
    return st.fixed_dictionaries(
        {
            "object": st.just("whatsapp_business_account"),
            "entry": st.lists(entry, min_size=1, max_size=2),
        }
    )


@given(plain(), DIALECTS, st.sampled_from((None, "15550783881")))
def test_plain_bodies(body: Any, dialect: str, number: str | None) -> None:
    assert assert_same(orjson.dumps(body), dialect, number)


@given(st.data(), DIALECTS)
def test_bodies_with_a_key_dropped_added_or_mistyped(data: st.DataObject, dialect: str) -> None:
    body = GOOD
    for _ in range(data.draw(st.integers(1, 3))):
        body = changed(body, data) if body else body
    assert_same(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"), dialect)


@given(st.data())
def test_damaged_bytes(data: st.DataObject) -> None:
    body = bytearray(json.dumps(GOOD).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert_same(bytes(body))


@given(bodies | broken_payloads(), DIALECTS)
def test_any_json(body: Any, dialect: str) -> None:
    assert_same(json.dumps(body).encode(), dialect)


@pytest.mark.parametrize("fixture", load(), ids=str)
def test_every_fixture(fixture: Fixture) -> None:
    arguments = {"dialect": "auto", "business_number": None, **fixture.arguments}
    assert_same(fixture.body, arguments["dialect"], arguments["business_number"])
    compact = fixture.body.replace(b"\n", b"")
    assert_same(compact, arguments["dialect"], arguments["business_number"])


@pytest.mark.parametrize("count", [50_000, 50_001])
def test_the_limit_of_elements(count: int) -> None:
    body = copy.deepcopy(GOOD)
    value = body["entry"][0]["changes"][0]["value"]
    value["statuses"] = [
        {
            key: item
            for key, item in value["statuses"][0].items()
            if key in ("id", "status", "timestamp", "recipient_id")
        }
    ] * count
    assert (plain_events(json.dumps(body).encode(), "s", RECEIVED_AT) is not None) == (
        count == 50_000
    )
