"""A CSV file of sends is read as spreadsheets write it; what cannot be read has its line number."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluetick.imports.sends_file import BadFile, elements

FILE = Path("sends.csv")


def read(text: str) -> list[tuple[int, dict[str, str]]]:
    return list(elements(text.splitlines(keepends=True), FILE))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_rows_become_objects_without_empty_cells(separator: str) -> None:
    text = "Message_ID,campaign , Cost Centre\r\nA,spring,\r\n\r\nB,,7\r\n".replace(",", separator)
    assert read(text) == [
        (2, {"message_id": "A", "campaign": "spring"}),
        (4, {"message_id": "B", "cost_centre": "7"}),
    ]


def test_quoted_cells_may_hold_separators_and_ends_of_lines() -> None:
    assert read('message_id,campaign\nA,"a, ""b""\nc"\nB,d\n') == [
        (3, {"message_id": "A", "campaign": 'a, "b"\nc'}),
        (4, {"message_id": "B", "campaign": "d"}),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("id,campaign\nA,b\n", 1),
        ("message_id,a,a\nA,b,c\n", 1),
        ("message_id,\nA,b\n", 1),
        ("message_id,campaign\nA,b\nA\n", 3),
        ("message_id,campaign\nA,b,c\n", 2),
        ('message_id,campaign\nA,b\nB,"c\n', 3),
        ('message_id,campaign\nA,"b"c\n', 2),
        ("message_id" + ",a" * 300, 1),
    ],
)
def test_an_error_names_the_line_and_not_the_content(text: str, line: int) -> None:
    with pytest.raises(BadFile, match=rf"^sends\.csv, line {line}: .*:? ") as found:
        read(text)
    assert "A" not in str(found.value).replace("CSV", "")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "sends.csv"
    file.write_bytes("message_id,campaign\nA,b\nB,Frühling\n".encode("latin-1"))
    with file.open(encoding="utf-8") as lines, pytest.raises(BadFile, match="UTF-8"):
        list(elements(lines, file))
