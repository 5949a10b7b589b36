"""Forms: read without loss, and refused if they are something else."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer import form

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
# Without lone surrogates, which no form can hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(st.tuples(NAMES, TEXTS), min_size=1, max_size=20))
def test_what_is_encoded_is_read(pairs: list[tuple[str, str]]) -> None:
    assert form.fields(urlencode(pairs).encode()) == pairs


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    found = form.load(b"A=" + body)
    assert found is not None
    for value in found.values():
        for text in value if isinstance(value, list) else [value]:
            text.encode()  # no lone surrogates
            assert "\0" not in text
    form.fields(body)


def test_a_name_that_occurs_again_keeps_every_value() -> None:
    assert form.load(b"A=1&B=&A=2&A=1") == {"A": ["1", "2", "1"], "B": ""}


def test_bytes_that_are_not_text_stay_different_and_become_replacement_characters() -> None:
    assert form.load(b"A=%ff%00x+y") == {"A": "��x y"}
    assert form.fields(b"A=%ff") != form.fields(b"A=%fe")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"A",
        b"=1",
        b'{"A":"b=c"}',
        b" A=1",
        b"1=2",
        b"A=" + b"x" * form.MAX_BYTES,
        b"A=1&" * (form.MAX_FIELDS + 1),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_something_else_is_not_a_form(body: bytes) -> None:
    assert form.fields(body) is None
    assert form.load(body) is None
