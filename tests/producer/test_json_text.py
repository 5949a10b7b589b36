"""JSON that is difficult for parsers is read without loss and written canonically."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given

from producer.json_text import MAX_DEPTH, Malformed, TooDeep, _dump_slowly, dump, load
from tests.support.jsons import values


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[18446744073709551616]", [2**64]),
        (b'{"a":-9223372036854775809}', {"a": -(2**63) - 1}),
        (b'{ "a" : 1234567890123456789 }', {"a": 1234567890123456789}),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"[1e999,1]", ["1e999", 1]),
        (b"[%s]" % (b"7" * 5000), ["7" * 5000]),
        (b'["US.13491208655302741918"]', ["US.13491208655302741918"]),
        (b'["a\\u0000b"]', ["a\ufffdb"]),
        (b'["\\\\u0000"]', ["\\u0000"]),
        (b'["\\ud83d\\ude00 \\ud83d \\ude00"]', ["😀 \ufffd \ufffd"]),
        (b'{"\\ud83d":1}', {"\ufffd": 1}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'["\\/"]', ["/"]),
    ],
)
def test_reads(body: bytes, value: Any) -> None:
    assert load(body) == value


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"[Infinity]", b'["\xff"]', b"{'a':1}", b"[1,]", b'["\\u0000"', b"[\x00]"],
)
def test_refuses_what_is_not_json(body: bytes) -> None:
    with pytest.raises(Malformed):
        load(body)


def test_the_slow_parser_limits_the_depth() -> None:
    assert load(b'["\\u0000",' + b"[" * (MAX_DEPTH - 1) + b"]" * MAX_DEPTH)
    with pytest.raises(TooDeep):
        load(b'["\\u0000",' + b"[" * MAX_DEPTH + b"]" * (MAX_DEPTH + 1))
    with pytest.raises(TooDeep):
        load(b"[" * 2000 + b"]" * 2000)
    assert load(b'["\\u0000' + b"[" * 2000 + b'"]')


@pytest.mark.parametrize("piece", [b'\\"', b'"', b'["', b'\\"['])
@pytest.mark.parametrize("start", [b"", b'["'])
def test_millions_of_quotes_are_read_once(start: bytes, piece: bytes) -> None:
    """In an earlier version, each quote in a string without an end started another search."""
    with pytest.raises(ValueError, match=r"syntax error|nested deeper"):
        load(start + piece * (4 * 1024 * 1024 // len(piece)) + b"x")


def test_brackets_in_a_string_without_an_end_are_not_nesting() -> None:
    with pytest.raises(Malformed):
        load(b'["' + b"[" * 2000)


def test_what_the_fast_parser_reads_can_be_written() -> None:
    deep = b"[" * 1000 + b"]" * 1000
    assert dump(load(deep)) == deep


@given(values)
def test_writing_and_reading_give_the_same(value: Any) -> None:
    read = load(json.dumps(value).encode())
    assert load(dump(read)) == read
    assert dump(load(dump(read))) == dump(read)


@given(values)
def test_both_ways_of_writing_agree(value: Any) -> None:
    read = load(json.dumps(value).encode())
    try:
        fast = orjson.dumps(read, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return  # only the slow way can write integers beyond 64 bits
    assert _dump_slowly(read) == fast


@pytest.mark.parametrize("size", [1, 63, 64, 65, 128, 1000])
def test_long_lists_beside_a_long_integer(size: int) -> None:
    items = [[], {}, "a,b", 1.5, None, {"b": [1, {}], "a": []}, [[]], 10**30, True]
    value = {"z": [items[at % len(items)] for at in range(size)], "a": [10**30, *[0] * size]}
    wanted = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    assert dump(value) == wanted
