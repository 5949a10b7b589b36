"""Writes flat Avro records with a function that is generated from their schema.

A general writer decides for each value of each record which branch of the schema it takes. Here
that is decided once, when the schema is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.topics import Schema

Writer = Callable[[dict[str, Any]], bytes]

_LOW = 0x3FFF  # 14 bits, which two bytes of a number hold
INT64 = range(-(2**63), 2**63)


def _byte_pairs() -> tuple[list[bytes], list[bytes]]:
    """The bytes of each number of up to 14 bits: at the end of a number, and inside it."""
    last = [bytes((n,)) if n < 0x80 else bytes((n & 0x7F | 0x80, n >> 7)) for n in range(_LOW + 1)]
    inner = [bytes((n & 0x7F | 0x80, n >> 7 | 0x80)) for n in range(_LOW + 1)]
    return last, inner


_LAST, _INNER = _byte_pairs()
_LENGTHS = _LAST[: _LOW + 1 : 2]  # the sign is the lowest bit, and lengths have none


def _long(value: Any) -> bytes:
    """Avro's bytes of a 64-bit integer: zigzag, seven bits a byte, the lowest first."""
    if type(value) is not int or value not in INT64:
        raise TypeError
    left = value << 1 ^ value >> 63
    written = b""
    while left > _LOW:
        written += _INNER[left & _LOW]
        left >>= 14
    return written + _LAST[left]


def _bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise TypeError
    return _long(len(value)) + value


def _boolean(value: Any) -> bytes:
    if type(value) is not bool:
        raise TypeError
    return b"\1" if value else b"\0"


def _long_string(value: bytes) -> bytes:
    return _long(len(value)) + value


# How the bytes of `value` are written, as the source of an expression.
_EXPRESSIONS = {
    "string": (
        "(_LENGTHS[size] + text if (size := len(text := value.encode())) < _SHORT"
        " else _long_string(text))"
    ),
    "long": "_long(value)",
    "boolean": "_boolean(value)",
    "bytes": "_bytes(value)",
}
_NAMES = {
    "_LENGTHS": _LENGTHS,
    "_SHORT": len(_LENGTHS),
    "_long": _long,
    "_long_string": _long_string,
    "_boolean": _boolean,
    "_bytes": _bytes,
}


def flat_writer(schema: Schema, prefix: bytes) -> Writer | None:
    """A function that writes a record after `prefix`; None if the schema has other types.

    The fields may be strings, longs, booleans and bytes, and unions of null and one of these. The
    function may raise any exception for a record that does not have exactly these types, even if
    the record fits the schema.
    """
    parts = [_part(field["name"], field["type"]) for field in schema["fields"]]
    if None in parts:
        return None
    source = f"def write(record):\n    return b''.join((prefix, {', '.join(map(str, parts))}))\n"
    names: dict[str, Any] = {**_NAMES, "prefix": prefix}
    exec(source, names)  # only names of the schema's fields are in it, quoted
    write: Writer = names["write"]
    return write


def _part(name: str, kind: Any) -> str | None:
    """The expression of one field; None if its type is not one of ours."""
    nullable = isinstance(kind, list)
    if nullable and (len(kind) != 2 or kind[0] != "null"):
        return None
    plain = kind[1] if nullable else kind
    expression = _EXPRESSIONS.get(plain["type"] if isinstance(plain, dict) else plain)
    if expression is None:
        return None
    field = f"record[{name!r}]"
    if not nullable:
        return expression.replace("value", field)
    return f"(b'\\0' if (value := {field}) is None else b'\\2' + {expression})"
