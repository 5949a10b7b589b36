"""Makes characters visible that a terminal would obey: values of webhooks come from anybody."""

from __future__ import annotations

import re

# Control characters (C0, DEL and C1), such as those that begin a command to a terminal; line and
# paragraph separators; and characters that change the direction in which text is shown.
_OBEYED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, keep: str = "") -> str:
    """The text with `\\xHH` or `\\uHHHH` in place of such characters, except those in `keep`."""
    return _OBEYED.sub(lambda found: _escaped(found[0], keep), text)


def visible_json(text: str) -> str:
    """JSON on one line with the same value, in which such characters are escaped."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escaped(character: str, keep: str) -> str:
    if character in keep:
        return character
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
