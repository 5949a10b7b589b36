"""Reads and writes JSON: fast for usual payloads, and without loss for unusual ones.

orjson reads and writes nearly everything. But it rounds integers beyond 64 bits, refuses lone
surrogates and a byte order mark, and keeps NUL characters, which databases do not accept. Bodies
with one of these are read here by a slower way. If an object has a key twice, the last one counts.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from typing import Any

import orjson

BOM = b"\xef\xbb\xbf"
MAX_DEPTH = 500  # the slow parser is recursive: deeper nesting would depend on the caller's stack
MAX_DIGITS = 4000  # Python refuses to convert longer integers

# After this translation, a number with too many digits contains one fixed byte string, which is
# found faster than with a regular expression.
_SHAPES = bytes.maketrans(b"0123456789:,[- \t\r\n", b"0000000000::::::::")
_LONG_INTEGER = b"0" * 19
_MANY = 64  # items of a list that are written at once if none of them has parts
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)",
    re.DOTALL,
)
# A string without an end also matches, and its characters are not tried again. Otherwise each
# quote in it would start another search up to the end of the body.
_NESTING = re.compile(r'"(?:[^"\\]++|\\.)*+"?|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)


class Malformed(ValueError):
    """These bytes are not valid JSON."""


class TooDeep(ValueError):
    """This JSON has more than MAX_DEPTH levels."""


def load(body: bytes) -> Any:
    """The JSON value of a body. Raises Malformed or TooDeep.

    NUL characters and lone surrogates become U+FFFD. Integers beyond 4,000 digits and floats
    beyond the double's range become text.
    """
    if _is_plain(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    return _load_slowly(body)


def _is_plain(body: bytes) -> bool:
    shapes = body.translate(_SHAPES)
    if b":" + _LONG_INTEGER in shapes or shapes.startswith(_LONG_INTEGER):
        return False
    return b"\\u" not in body or not _SUSPECT_ESCAPE.search(body)


def _load_slowly(body: bytes) -> Any:
    try:
        text = body.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None
    text = _ESCAPE.sub(lambda escape: "\\ufffd" if escape["lone"] else escape[0], text)
    if _depth(text) > MAX_DEPTH:
        raise TooDeep(f"nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(
            text, parse_int=_integer, parse_float=_float, parse_constant=_refuse_constant
        )
    except ValueError:
        raise Malformed("syntax error") from None


def _depth(text: str) -> int:
    depth = deepest = 0
    for token in _NESTING.finditer(text):
        if token["open"]:
            depth += 1
            deepest = max(deepest, depth)
        elif token["close"]:
            depth -= 1
    return deepest


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def dump(value: Any) -> bytes:
    """Canonical JSON of a value that `load` can return: compact, keys sorted, UTF-8."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return _dump_slowly(value)


def dump_text(value: Any) -> str:
    """Canonical JSON as text."""
    return dump(value).decode()


class _Literal(str):
    """Text that is already JSON."""


def _items(part: list[Any]) -> list[Any]:
    """The items and the commas between them, last one first; one text if that is possible."""
    if not any(isinstance(item, dict | list) and item for item in part):
        with contextlib.suppress(TypeError):
            return [_Literal(orjson.dumps(part)[1:-1].decode())]
    found: list[Any] = []
    for item in reversed(part):
        found += (item, _Literal(","))
    return found[:-1]


def _dump_slowly(value: Any) -> bytes:
    """The same JSON as orjson's, but with integers of any size, and without recursion."""
    out: list[str] = []
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, _Literal):
            out.append(item)
        elif isinstance(item, dict):
            stack.append(_Literal("}"))
            for index, key in enumerate(sorted(item, reverse=True)):
                comma = "," if index < len(item) - 1 else ""
                stack += (item[key], _Literal(f"{comma}{orjson.dumps(key).decode()}:"))
            stack.append(_Literal("{"))
        elif isinstance(item, list):
            stack.append(_Literal("]"))
            for start in reversed(range(0, len(item), _MANY)):
                stack += _items(item[start : start + _MANY])
                if start:
                    stack.append(_Literal(","))
            stack.append(_Literal("["))
        elif isinstance(item, int) and not isinstance(item, bool):
            out.append(str(item))
        else:
            out.append(orjson.dumps(item).decode())
    return "".join(out).encode()
