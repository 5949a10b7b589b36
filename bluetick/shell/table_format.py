"""Writes values as table, CSV or JSON. Rounds and cuts nothing.

What a terminal would obey is made visible, and what a spreadsheet would run is marked as text.
"""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal

import orjson
import pyarrow as pa

from settings.visible_text import visible, visible_json

Format = Literal["table", "csv", "json"]
Row = Sequence[Any]
# The first rows, which determine the widths of a table's columns.
MEASURED_ROWS = 500
# A text that begins like this may be a formula for a spreadsheet, unless it is only a number.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def json_line(record: dict[str, Any]) -> str:
    """One JSON object on one line; times in ISO 8601, numbers with all their digits."""
    return visible_json(orjson.dumps({key: _json(value) for key, value in record.items()}).decode())


def json_block(record: dict[str, Any]) -> str:
    """The same on several lines, and a blank one: each value that is not null on its own line."""
    shown = {key: _json(value) for key, value in record.items() if value is not None}
    lines = orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode().split("\n")
    return "\n".join([*map(visible_json, lines), ""])


def plain_text(value: Any) -> str:
    """A value as text for people: no quotes, times in ISO 8601, structures as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, pa.MonthDayNano):
        return _interval(value)
    if isinstance(value, list | dict | tuple):
        return orjson.dumps(_json(value)).decode()
    return str(value)


def output_lines(
    columns: Sequence[str],
    rows: Iterable[Row],
    form: Format,
    *,
    exact: bool = False,
    width: int | None = None,
) -> Iterator[str]:
    """Yield the lines of a result in this format, as soon as their rows arrive.

    With `exact`, CSV has every text as it is. A table wider than `width` characters has a block
    of lines for each row instead, with a column in each line.
    """
    if form == "json":
        keys = _distinct(columns)
        return (json_line(dict(zip(keys, row, strict=True))) for row in rows)
    if form == "csv":
        return _csv(columns, rows, plain_text if exact else _csv_text)
    return _table(columns, rows, width)


def _json(value: Any) -> Any:
    """The value as something that orjson writes without loss."""
    if value is None or isinstance(value, str | bool | float):
        return value
    if isinstance(value, int):
        return orjson.Fragment(str(value)) if value.bit_length() > 63 else value
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}")
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, dict):
        return {plain_text(key): _json(inner) for key, inner in value.items()}
    if isinstance(value, pa.MonthDayNano):
        return _interval(value)
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    return plain_text(value)


def _bytes(value: bytes) -> str:
    """Text, with \\xHH for bytes that are not valid UTF-8."""
    return value.decode("utf-8", "backslashreplace")


def _interval(value: pa.MonthDayNano) -> str:
    """An interval as `1 year 2 months 3 days 04:05:06.000007`."""
    years, months = divmod(abs(value.months), 12)
    sign = "-" if value.months < 0 else ""
    counts = [(f"{sign}{years}", "year", years), (f"{sign}{months}", "month", months)]
    counts.append((str(value.days), "day", abs(value.days)))
    parts = [f"{text} {unit}{'s' * (size != 1)}" for text, unit, size in counts if size]
    if value.nanoseconds or not parts:
        seconds, fraction = divmod(abs(value.nanoseconds) // 1000, 1_000_000)
        sign = "-" if value.nanoseconds < 0 else ""
        clock = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        parts.append(f"{clock}.{fraction:06}".removesuffix(".000000"))
    return " ".join(parts)


def _distinct(columns: Sequence[str]) -> list[str]:
    """Column names as keys; a repeated one gets a number, so that no value is lost."""
    keys: list[str] = []
    for column in columns:
        key, count = column, 1
        while key in keys:
            count += 1
            key = f"{column}_{count}"
        keys.append(key)
    return keys


def _csv(columns: Sequence[str], rows: Iterable[Row], text: Callable[[Any], str]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in itertools.chain([columns], rows):
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([text(value) for value in row])
        yield buffer.getvalue().removesuffix("\r\n")


def _csv_text(value: Any) -> str:
    """A value for terminals and spreadsheets: a possible formula begins with an apostrophe."""
    text = visible(plain_text(value), keep="\n")
    odd = isinstance(value, str | bytes) and _FORMULA.match(plain_text(value))
    return f"'{text}" if odd and not _NUMBER.fullmatch(text) else text


def _table(columns: Sequence[str], rows: Iterable[Row], most: int | None) -> Iterator[str]:
    """Aligned columns; numbers to the right. Widths come from the first rows."""
    source = iter(rows)
    first = [row for _, row in zip(range(MEASURED_ROWS), source, strict=False)]
    right = [
        all(isinstance(row[at], int | float | Decimal | None) for row in first)
        and any(row[at] is not None for row in first)
        for at in range(len(columns))
    ]
    cells = [[_cell(value) for value in row] for row in first]
    columns = [visible(column) for column in columns]
    widths = [
        max([len(column), *(len(row[at]) for row in cells)]) for at, column in enumerate(columns)
    ]
    if most and sum(widths) + 3 * (len(widths) - 1) > most:
        yield from _blocks(columns, itertools.chain(cells, (map(_cell, row) for row in source)))
        return

    def line(texts: Sequence[str]) -> str:
        parts = [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(texts, widths, right, strict=True)
        ]
        return " | ".join(parts).rstrip()

    yield line(columns)
    yield "-+-".join("-" * width for width in widths)
    for row in cells:
        yield line(row)
    count = len(cells)
    for values in source:
        count += 1
        yield line([_cell(value) for value in values])
    yield _counted(count)


def _blocks(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Each row with its columns below each other."""
    width = max(map(len, columns))
    count = 0
    for row in rows:
        count += 1
        yield f"-- row {count} --"
        for column, text in zip(columns, row, strict=True):
            yield f"{column.ljust(width)} | {text}".rstrip()
    yield _counted(count)


def _counted(count: int) -> str:
    return f"({count} {'row' if count == 1 else 'rows'})"


def _cell(value: Any) -> str:
    """One value in one line; NULL differs from empty text."""
    if value is None:
        return "NULL"
    return visible(plain_text(value))
