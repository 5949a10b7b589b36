"""Payloads as people may see them: their shape without their texts and numbers."""

from __future__ import annotations

import re

# The names of a JSON object, as providers write them, and values that say nothing of a person.
KEPT = re.compile(r'"[a-z][a-z_]{0,40}"(?=\s*:)|(?<![\w"])(?:true|false|null)(?![\w"])')


def masked(payload: bytes) -> str:
    """A JSON or other text: letters of its values become x, digits 0, and bytes that are no text ·.

    Names of JSON's objects stay if they are lower-case words, so that the shape can be seen.
    """
    text = payload.decode("utf-8", "replace")
    parts, at = [], 0
    for found in KEPT.finditer(text):
        parts += [_hidden(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*parts, _hidden(text[at:])])


def _hidden(text: str) -> str:
    return "".join(map(_hidden_character, text))


def _hidden_character(character: str) -> str:
    if character.isdigit():
        return "0"
    if character.isalpha():
        return "x"
    return character if " " <= character <= "~" or character == "\n" else "·"
