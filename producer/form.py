"""Reads bodies that are forms (`application/x-www-form-urlencoded`)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

# Providers send some 30 parameters in a few thousand bytes.
MAX_BYTES = 256 * 1024
MAX_FIELDS = 1000

_BEGINNING = re.compile(rb"[A-Za-z_][\w.\[\]-]*=")
# Bytes that are not UTF-8 become lone surrogates, from which the bytes can be made again.
ESCAPE = "surrogateescape"


def fields(body: bytes) -> list[tuple[str, str]] | None:
    """The names and values of a form, as sent and in their order; None if it is not a form.

    Bytes that are not UTF-8 are lone surrogates in the texts (`surrogateescape`).
    """
    if len(body) > MAX_BYTES or not _BEGINNING.match(body):
        return None
    try:
        return parse_qsl(
            body.decode("utf-8", ESCAPE),
            keep_blank_values=True,
            errors=ESCAPE,
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        return None


def load(body: bytes) -> dict[str, Any] | None:
    """A form as an object of texts, or None. A name that occurs again has a list of its texts.

    NUL characters and bytes that are not UTF-8 become U+FFFD, as in `producer/json_text.py`.
    """
    found = fields(body)
    if found is None:
        return None
    values: dict[str, list[str]] = {}
    for name, value in found:
        values.setdefault(_clean(name), []).append(_clean(value))
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in values.items()}


def _clean(text: str) -> str:
    return text.encode("utf-8", ESCAPE).decode("utf-8", "replace").replace("\0", "\ufffd")
