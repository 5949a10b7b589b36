"""Splits a SQL text into words and statements with DuckDB's own lexer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import duckdb

WORD = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|\S")
# A word that ends the list of columns after the ON of a PIVOT.
AFTER_COLUMNS = {"USING", "GROUP", "ORDER", "LIMIT", "OFFSET", "UNION", "INTERSECT", "EXCEPT"}
NO_VALUES = b"\n IN (NULL) "


@dataclass(frozen=True, slots=True)
class Token:
    """One word, quoted text or sign, and the byte at which it begins."""

    start: int
    text: str

    @property
    def word(self) -> str:
        """The word in capitals. Quoted text is not a keyword and keeps its quotes."""
        return self.text if self.text[0] in "'\"" else self.text.upper()

    @property
    def name(self) -> str:
        """The name in lower case and without quotes, as DuckDB compares names."""
        if self.text[0] == '"':
            return self.text[1:-1].replace('""', '"').lower()
        return self.text.lower()


def tokens(text: str) -> list[Token]:
    """The tokens of a text that DuckDB can parse; comments are left out."""
    data = text.encode()
    starts = [start for start, _kind in duckdb.tokenize(text)]
    found = []
    for start, end in pairwise([*starts, len(data)]):
        # Anything else before the next token, such as a comment, does not match.
        if match := WORD.match(data[start:end].decode()):
            found.append(Token(start, match[0]))
    return found


def statements(text: str) -> Iterator[str]:
    """The statements of a text, each without its semicolon."""
    data = text.encode()
    start = 0
    for token in tokens(text):
        if token.text == ";":
            yield data[start : token.start].decode()
            start = token.start + 1
    yield data[start:].decode()


def rest(text: str, token: Token) -> str:
    """The text after one of its tokens."""
    return text.encode()[token.start + len(token.text.encode()) :].decode()


def with_pivot_values(text: str) -> str:
    """The text with a list of values for each column of a PIVOT that has none.

    Without the values, DuckDB splits a PIVOT into several statements, which have no common syntax
    tree. Only the lists are added, so the tree of the result has every table and function of the
    text.
    """
    found = tokens(text)
    data = text.encode()
    ends = {
        end
        for at, token in enumerate(found)
        if token.word in ("PIVOT", "PIVOT_WIDER")
        for end in _columns_without_values(found[at + 1 :], len(data))
    }
    for end in sorted(ends, reverse=True):
        data = data[:end] + NO_VALUES + data[end:]
    return data.decode()


def _columns_without_values(behind: Sequence[Token], length: int) -> Iterator[int]:
    """The byte positions at which columns without values end, in the PIVOT before these tokens."""
    depth = 0
    column = False  # in a column that has no values yet
    listed = False  # after ON
    for token in behind:
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth < 0 or (depth == 0 and token.word in AFTER_COLUMNS):
            length = token.start
            break
        if depth:
            continue
        if token.word == "ON":
            listed = column = True
        elif token.word == "IN":
            column = False
        elif token.text == "," and listed:
            if column:
                yield token.start
            column = True
    if column:
        yield length
