"""Reads a CSV file of messages that were sent, line by line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from settings.errors import BluetickError

NEEDED = "message_id"
DELIMITERS = ",;\t|"
MOST_COLUMNS = 200


class BadFile(BluetickError):
    """The file cannot be imported; the message names the line and says what to do."""


def elements(lines: Iterable[str], file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row as (number of its last line, object without its empty cells).

    The first line names the columns: their letter case and blanks around them do not matter. They
    are separated by a comma, semicolon, tab or vertical bar. Raises BadFile.
    """
    rows = _rows(lines, file)
    _, names = next(rows, (1, []))
    columns = [name.strip().lower().replace(" ", "_") for name in names]
    _check(columns, file)
    for line, cells in rows:
        if not any(cells):
            continue
        if len(cells) != len(columns):
            raise BadFile(
                f"{file}, line {line}: it has {len(cells)} cells, but there are {len(columns)} "
                "columns: correct the line, or put quotes around cells with the separator in them"
            )
        yield line, {name: cell for name, cell in zip(columns, cells, strict=True) if cell}


def _check(columns: list[str], file: Path) -> None:
    if NEEDED not in columns:
        raise BadFile(
            f"{file}, line 1: there is no column {NEEDED}: the first line must name the columns, "
            "such as message_id,template,campaign,sent_at"
        )
    if len(columns) > MOST_COLUMNS:
        raise BadFile(f"{file}, line 1: there are more than {MOST_COLUMNS} columns")
    twice = {name for name in columns if columns.count(name) > 1}
    if twice or "" in columns:
        raise BadFile(
            f"{file}, line 1: a column has no name, or the same name as another: rename it"
        )


def _rows(lines: Iterable[str], file: Path) -> Iterator[tuple[int, list[str]]]:
    source = iter(lines)
    reader = None
    try:
        first = next(source, "")
        delimiter = max(DELIMITERS, key=first.count)
        reader = csv.reader(_with(first, source), delimiter=delimiter, strict=True)
        for cells in reader:
            yield reader.line_num, cells
    except UnicodeDecodeError:
        line = reader.line_num + 1 if reader else 1
        raise BadFile(
            f"{file}, line {line} or later: this is not UTF-8: save the file as CSV in UTF-8"
        ) from None
    except csv.Error as error:
        line = reader.line_num if reader else 1
        raise BadFile(
            f"{file}, line {line}: this is not CSV ({error}): correct its quotes"
        ) from None


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
