"""Results as a table, CSV and JSON lines are complete and exact, with one record on a line."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from bluetick.shell.table_format import MEASURED_ROWS, Format, json_line, output_lines, plain_text

MOMENT = datetime(2026, 11, 21, 6, 20, 26, 123456, tzinfo=UTC)


def written(columns: list[str], rows: list[tuple[Any, ...]], form: Format) -> list[str]:
    return list(output_lines(columns, rows, form))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MOMENT, '"2026-11-21T06:20:26.123456+00:00"'),
        (date(2026, 11, 21), '"2026-11-21"'),
        (Decimal("1.500"), "1.500"),
        (Decimal("1E+3"), "1000"),
        (2**127 - 1, "170141183460469231731687303715884105727"),
        (-(2**63), "-9223372036854775808"),
        (0.1, "0.1"),
        (True, "true"),
        (None, "null"),
        (b'{"a":1}', '"{\\"a\\":1}"'),
        (b"\xffa", '"\\\\xffa"'),
        ({"a": [Decimal("1.10"), None]}, '{"a":[1.10,null]}'),
        ("a\nb", '"a\\nb"'),
    ],
)
def test_json_loses_nothing(value: Any, text: str) -> None:
    line = json_line({"v": value})
    assert line == f'{{"v":{text}}}'
    json.loads(line)


@pytest.mark.parametrize(
    ("months", "days", "nanoseconds", "text"),
    [
        (0, 0, 0, "00:00:00"),
        (0, 0, 5_000_000_000, "00:00:05"),
        (0, 0, 1_500_000_000, "00:00:01.500000"),
        (0, 0, -90_000_000_000, "-00:01:30"),
        (14, 2, 3_600_000_000_000, "1 year 2 months 2 days 01:00:00"),
        (-1, -1, 0, "-1 month -1 day"),
        (0, 0, 100 * 3_600_000_000_000, "100:00:00"),
    ],
)
def test_intervals(months: int, days: int, nanoseconds: int, text: str) -> None:
    assert plain_text(pa.MonthDayNano([months, days, nanoseconds])) == text


def test_repeated_column_names_are_different_in_json() -> None:
    (line,) = written(["n", "n", "n_2"], [(1, 2, 3)], "json")
    assert json.loads(line) == {"n": 1, "n_2": 2, "n_2_2": 3}


def test_csv_is_read_back_as_it_was() -> None:
    rows = [("a,b", 'say "hi"', None, "two\nlines", MOMENT)]
    text = "\n".join(written(["a", "b", "c", "d", "e"], rows, "csv"))
    head, row = csv.reader(io.StringIO(text))
    assert head == ["a", "b", "c", "d", "e"]
    assert row == ["a,b", 'say "hi"', "", "two\nlines", MOMENT.isoformat()]


def test_a_table_is_aligned_and_shows_null() -> None:
    assert written(["name", "count"], [("a", 5), ("", 12345), (None, None)], "table") == [
        "name | count",
        "-----+------",
        "a    |     5",
        "     | 12345",
        "NULL |  NULL",
        "(3 rows)",
    ]


def test_a_table_never_truncates_a_value() -> None:
    long = "x" * 200
    rows = [("a",)] * MEASURED_ROWS + [(long,)]
    text = written(["v"], rows, "table")
    assert text[-2] == long
    assert text[-1] == f"({MEASURED_ROWS + 1} rows)"


def test_rows_are_written_as_they_come() -> None:
    taken = 0

    def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield (taken,)

    stream = output_lines(["n"], endless(), "json")
    assert [next(stream), next(stream)] == ['{"n":1}', '{"n":2}']
    assert taken == 2


def test_a_table_wider_than_the_terminal_has_a_block_for_each_row() -> None:
    rows = [("wamid.A", 1, None), ("wamid.B", 22, "x\ny")]
    wide = list(output_lines(["message_id", "n", "text"], rows, "table", width=20))

    assert wide == [
        "-- row 1 --",
        "message_id | wamid.A",
        "n          | 1",
        f"text       | {written(['text'], [(None,)], 'table')[2]}".rstrip(),
        "-- row 2 --",
        "message_id | wamid.B",
        "n          | 22",
        f"text       | {written(['text'], [rows[1][2:]], 'table')[2]}",
        "(2 rows)",
    ]


@pytest.mark.parametrize("width", [None, 13, 80])
def test_a_table_that_fits_is_a_table(width: int | None) -> None:
    lines = list(output_lines(["a", "b", "c"], [(1, 2, "four.")], "table", width=width))

    assert lines == ["a | b | c", "--+---+------", "1 | 2 | four.", "(1 row)"]
