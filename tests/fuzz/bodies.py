"""The bodies to post: the same ones for the same seed and number."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes, urlencode

from producer.http.webhooks import LARGE_BODY_BYTES
from producer.providers import decoded
from settings.dialects import DIALECTS
from tests.fuzz.mutations import Mutator, bytes_changed, keys_doubled
from tests.fuzz.values import TEXTS, scalar, text, tree, written
from tests.support.fixtures import Fixture, load

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
# Sources that check a signature read the body before it is authentic.
SIGNED = tuple(name for name, one in DIALECTS.items() if one.signature_needs is not None)
SEND = {
    "message_id": "wamid.A",
    "sent_at": "2026-11-21T12:00:00Z",
    "recipient_id": "16505551234",
    "template": "spring_sale",
    "language": "en",
    "category": "marketing",
    "campaign": "spring",
    "cost_centre": "shop",
}


@dataclass(frozen=True, slots=True)
class Posted:
    """A POST: its path, headers (names in lower case) and body."""

    path: str
    headers: dict[str, str]
    body: bytes


@functools.cache
def _fixtures() -> tuple[Fixture, ...]:
    return load()


@functools.cache
def _keys() -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = [_value(fixture) for fixture in _fixtures()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found |= dict.fromkeys(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return (*sorted(found), "", "__proto__", "a\0", "é", "\ud800")


def _value(fixture: Fixture) -> Any:
    """The fixture's body as a JSON value."""
    try:
        return json.loads(fixture.body)
    except ValueError:
        return decoded(fixture.body)


def _donor(chance: Random) -> Any:
    return _value(chance.choice(_fixtures()))


@functools.cache
def _mutator() -> Mutator:
    return Mutator(_keys(), _donor)


def posted(seed: int, number: int) -> Posted:
    """The POST of this number."""
    chance = Random(f"body {seed} {number}")
    if chance.random() < 0.04:
        return _of_sender(chance)
    fixture = chance.choice(_fixtures())
    kind, body = _body(chance, fixture)
    source = _source(chance, fixture, kind)
    headers = {"content-type": kind}
    if source.startswith("signed-"):
        headers |= _signatures(chance)
    return Posted(f"/webhooks/{source}", headers, body[:LARGE_BODY_BYTES])


def _source(chance: Random, fixture: Fixture, kind: str) -> str:
    drawn = chance.random()
    if kind == FORM:
        return "twilio" if drawn < 0.9 else "signed-twilio"
    if drawn < 0.03:
        return f"signed-{chance.choice(SIGNED)}"
    own = fixture.dialect if fixture.dialect in DIALECTS else "auto"
    name = own if drawn < 0.6 else chance.choice(("auto", "open", *DIALECTS))
    return f"{name}-number" if chance.random() < 0.2 else name


def _signatures(chance: Random) -> dict[str, str]:
    from producer.providers import PROVIDERS

    odd = ("", "t=1,s=00", "sha256=", "Bearer a.b.c", "Bearer " + "e30." * 3, "é", "=" * 99)
    found = {}
    for name in SIGNED:
        signature = PROVIDERS[name].signature
        assert signature is not None
        found[signature.header.lower()] = chance.choice(odd)
    return found


def _body(chance: Random, fixture: Fixture) -> tuple[str, bytes]:
    """The media type and the bytes of a body."""
    drawn = chance.random()
    if drawn < 0.7:
        value = _mutator().changed(_value(fixture), chance)
        if chance.random() < 0.1 and fixture.media_type == FORM and isinstance(value, dict):
            return FORM, _form(chance, value)
        body = written(value, chance)
        return JSON, keys_doubled(body, chance) if chance.random() < 0.08 else body
    if drawn < 0.78:
        return JSON, written(tree(chance, _keys()), chance)
    if drawn < 0.86:
        return JSON, bytes_changed(fixture.body, chance)
    if drawn < 0.89:
        return JSON, chance.randbytes(chance.choice((0, 1, 5, 100, 3_000)))
    if drawn < 0.97:
        return FORM, _form(chance, None)
    if drawn < 0.985:
        return JSON, b"\xef\xbb\xbf" + fixture.body
    return JSON, _dense(chance, fixture)


def _form(chance: Random, value: dict[str, Any] | None) -> bytes:
    if value is not None:
        return urlencode(
            {
                str(key).encode("utf-8", "replace"): str(item).encode("utf-8", "replace")
                for key, item in value.items()
            }
        ).encode()
    forms = [fixture for fixture in _fixtures() if fixture.media_type == FORM]
    pairs = parse_qsl(chance.choice(forms).body.decode(), keep_blank_values=True)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(pairs)) if pairs else 0
        action = chance.randrange(4)
        value_text = chance.choice((chance.choice(TEXTS), text(chance), str(scalar(chance))))
        if action == 0 and pairs:
            del pairs[at]
        elif action == 1 and pairs:
            pairs[at] = (pairs[at][0], value_text)
        elif action == 2 and pairs:
            pairs.insert(at, (pairs[at][0], value_text))
        else:
            pairs.append((chance.choice(_keys()), value_text))
    body = "&".join(f"{_quoted(name)}={_quoted(item)}" for name, item in pairs).encode()
    return bytes_changed(body, chance) if chance.random() < 0.3 else body


def _quoted(part: str) -> str:
    return quote_from_bytes(part.encode("utf-8", "surrogatepass"))


def _dense(chance: Random, fixture: Fixture) -> bytes:
    """About 64 KiB with as many parts as possible."""
    value = _mutator().changed(_value(fixture), chance)
    lists = _lists(value)
    if lists and chance.random() < 0.6:
        many = chance.choice(lists)
        one = (
            many[0] if many and chance.random() < 0.7 else chance.choice((0, {}, [], "", {"id": 1}))
        )
        try:
            each = len(json.dumps(one)) + 2
        except (ValueError, RecursionError):
            each = 100
        rest = max(LARGE_BODY_BYTES - 200 - len(written(value, chance)), 0)
        many += [one] * (rest // each)
        return written(value, chance)
    small = chance.choice((b"0", b"{}", b"[]", b'""', b'{"":0}', b"[0]", b"null", b"1e5"))
    count = (LARGE_BODY_BYTES - 100) // (len(small) + 1)
    key = json.dumps(chance.choice(_keys())).encode()
    inner = b"[" + b",".join([small] * count) + b"]"
    if chance.random() < 0.3:
        count = (LARGE_BODY_BYTES - 100) // (len(small) + 9)
        inner = b"{" + b",".join(b'"%05d":%s' % (at, small) for at in range(count)) + b"}"
    return chance.choice((inner, b"{" + key + b":" + inner[: LARGE_BODY_BYTES - 60] + b"}"))


def _lists(value: Any) -> list[list[Any]]:
    found, waiting = [], [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            found.append(item)
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
    return found


def _of_sender(chance: Random) -> Posted:
    value: Any = _mutator().changed(dict(SEND), chance)
    if chance.random() < 0.5:
        value = [
            value,
            *(_mutator().changed(dict(SEND), chance) for _ in range(chance.randrange(3))),
        ]
    body = written(value, chance)
    if chance.random() < 0.1:
        body = bytes_changed(body, chance)
    return Posted("/sends/auto", {"content-type": JSON}, body[:LARGE_BODY_BYTES])
