"""Nothing that a terminal obeys is left in texts for people."""

from __future__ import annotations

import json
import unicodedata

import pytest

from settings.visible_text import visible, visible_json

OBEYED = [chr(code) for code in (*range(32), *range(127, 160))] + [
    character
    for character in map(chr, range(0x3000))
    if unicodedata.bidirectional(character)
    in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
]


@pytest.mark.parametrize("character", [*OBEYED, "\u200e", "\u200f", "\u061c", "\u2028"], ids=ascii)
def test_it_is_shown_as_its_number(character: str) -> None:
    assert character not in visible(f"a{character}b")
    assert visible(f"a{character}b").startswith("a\\")
    text = json.dumps(f"a{character}b", ensure_ascii=False)
    assert character not in visible_json(text)
    assert json.loads(visible_json(text)) == f"a{character}b"


def test_other_texts_stay_and_line_breaks_if_asked() -> None:
    text = "Größe 👩‍👩‍👧 日本 العربية \\x1b"
    assert visible(text) == text == visible_json(text)
    assert visible("a\nb\r\x1b[2J\u202e") == "a\\nb\\r\\x1b[2J\\u202e"
    assert visible("a\nb\r", keep="\n") == "a\nb\\r"
