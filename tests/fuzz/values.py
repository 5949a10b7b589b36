"""Values that break readers: odd numbers, texts and times, and JSON that no library writes."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

# These stand in a JSON value as text `@0@`, and are put in after it was written as JSON.
LITERALS = (
    *("[" * depth + "]" * depth for depth in (40, 130, 499, 501, 1200, 20_000)),
    *('{"a":' * depth + "1" + "}" * depth for depth in (40, 130, 499, 501, 1200, 9_000)),
    *("7" * digits for digits in (19, 20, 40, 309, 400, 3_999, 4_001, 5_000, 40_000)),
    *("-9223372036854775809", "18446744073709551616", "-0", "-0.0", "1e400", "-1e400", "1e-400"),
    *("1E+2", "0.1e99999999", "1785000000.5e0", "17850000000e-1", "1.0", "1" + "0" * 30 + ".0"),
    *("NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.", "tru", "'x'", "{,}", "[1,]"),
    *('"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"a\\u0000b"', '"\\ud83d\\ude00"', '"\\x41"'),
    *('"\\ud800\\u0041"', '"\\\\ud800"', '"\\\\\\ud800"', '"\\/"', '"\x01"', '"\t"', '"open'),
    '"' + "x" * 50_000 + '"',
    '"' + '\\"' * 20_000 + '"',
    '"' + "\\\\" * 20_000 + '"',
    '"' + "\\ud800" * 8_000 + '"',
)
MARK = re.compile(r'"@(\d+)@"')

TEXTS = (
    *("", " ", "\t", "\n", "\r\n", "\0", "a\0b", "\x1f", "\x7f", "\x85", "\u2028", "\ufeff"),
    *("\u202e", "\u200b", "\ufffd", "\uffff", "\U0010ffff", "é", "e\u0301", "ß", "İ", "ı", "ſ"),
    *("٣٤٥", "１２３", "²", "½", "Ⅷ", "𝟙𝟚", "১২", "-", "+", "0", "-0", "00", "1", "01", "1.0"),
    *("1e3", "1_000", "0x10", " 1785000000 ", "1785000000", "1785000000123", "1785000000123456"),
    *("99999999999999999999", "-1785000000", "1785000000.9", "NaN", "Infinity", "-inf", "null"),
    *("2026-11-21T12:00:00Z", "2026-11-21T12:00:00.123456789+14:00", "2026-11-21", "20261121"),
    *("0000-00-00T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    *("2026-W47-6", "2026-11-21T24:00:00Z", "2026-02-30T00:00:00Z", "2026-11-21 12:00:00"),
    *("Sat, 21 Nov 2026 12:00:00 +0000", "2026-11-21T12:00:00+99:99", "2026-06-30T23:59:60Z"),
    *("true", "TRUE", "sent", "SENT", "Delivered", "read ", "failed", "deleted", "wamid."),
    *("wamid.HBgNODYxNzYwNjA1MDgxORUCABEYEjI4RTcyNzFGRDVGQTQwQkQ1RAA=", "wamid.HBg%%%", "wamid.A"),
    *("+1 (650) 555-1234", "whatsapp:+16505551234", "16505551234", "US.1349", "whatsapp:"),
    *("bluetick:reaction", "bluetick:reaction:", "spring_sale-2026", "'; DROP TABLE statuses; --"),
    *('{"a":1}', '{"a":', "[]", "{}", "[[[[", '"', "\\", "%s%n", "{0}", "${x}", "x" * 5_000),
)  # fmt: skip
NUMBERS = (
    *(0, -1, 1, 2, 255, 1785000000, 1785000000123, 1785000000123456, 2**31, -(2**31), 2**53 + 1),
    *(2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 10**30, 10**400, -(10**400)),
    *(0.0, -0.0, 0.1, -1.5, 1e308, 5e-324, 1785000000.5, 1e18, 131026, 100, 253402300800),
)


def scalar(chance: Random) -> Any:
    """A number, text, or other JSON value without parts; a few are texts of literals."""
    kind = chance.random()
    if kind < 0.45:
        return chance.choice(TEXTS)
    if kind < 0.7:
        return chance.choice(NUMBERS)
    if kind < 0.8:
        return f"@{chance.randrange(len(LITERALS))}@"
    if kind < 0.88:
        return text(chance)
    return chance.choice((None, True, False, [], {}, [None], [[]], [{}], {"": None}))


def text(chance: Random) -> str:
    """Text of any characters, also lone surrogates."""
    last = chance.choice((0x7F, 0xFF, 0xFFFF, 0x10FFFF))
    return "".join(chr(chance.randint(0, last)) for _ in range(chance.randrange(20)))


def tree(chance: Random, keys: tuple[str, ...], depth: int = 5) -> Any:
    """Any JSON value, with the keys of real bodies."""
    if depth == 0 or chance.random() < 0.3:
        return scalar(chance)
    size = chance.choice((0, 1, 1, 2, 3, 4))
    if chance.random() < 0.4:
        return [tree(chance, keys, depth - 1) for _ in range(size)]
    return {chance.choice(keys): tree(chance, keys, depth - 1) for _ in range(size + 1)}


def written(value: Any, chance: Random) -> bytes:
    """A value as JSON, in one of the ways to write it, with literals put in."""
    separators = chance.choice(((",", ":"), (", ", ": "), (" ,\n", "\t: ")))
    plain = json.dumps(value, ensure_ascii=chance.random() < 0.5, separators=separators)
    if '"@' in plain:
        plain = MARK.sub(lambda found: LITERALS[int(found[1]) % len(LITERALS)], plain)
    return plain.encode("utf-8", "surrogatepass")
