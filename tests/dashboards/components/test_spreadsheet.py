"""Tables as files: no text is computed by a spreadsheet, and every value is kept."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboards.components import spreadsheet

CALLED = "HYPERLINK('http://evil.example')"


def cells(table: pa.Table) -> list[list[str]]:
    """The cells of a CSV file, as a spreadsheet reads them."""
    text = spreadsheet.csv(table).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def read_back(text: str) -> str:
    ((cell,),) = cells(pa.table({"text": [text]}))[1:]
    return cell


@pytest.mark.parametrize(
    "first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff20"]
)
def test_a_text_that_a_spreadsheet_would_compute_begins_with_an_apostrophe(first: str) -> None:
    assert read_back(first + CALLED) == f"'{first}{CALLED}"


@pytest.mark.parametrize(
    "text", ["+15550001111", "+12%", "-3", "1.5", "44…67", "a=b", '"quoted", with commas', "春", ""]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert read_back(text) == text


@pytest.mark.parametrize("text", ["+1-2", "-1+cmd", "+1(2)", "-", "+"])
def test_what_only_begins_like_a_number_is_not_one(text: str) -> None:
    assert read_back(text) == f"'{text}"


def test_headings_are_made_harmless_too() -> None:
    assert cells(pa.table({"=1+1": ["x"]}))[0] == ["'=1+1"]


def test_a_spreadsheet_reads_the_file_as_utf_8() -> None:
    assert spreadsheet.csv(pa.table({"a": ["é"]})).startswith(b"\xef\xbb\xbf")


def test_parquet_keeps_texts_and_types() -> None:
    frame = pd.DataFrame(
        {
            "name": ["=1+1", None],
            "messages": [1, 2],
            "at": [datetime(2026, 3, 1, tzinfo=UTC), None],
            "trend": [[1.0, 2.0], [3.0]],
        }
    )

    read = pq.read_table(io.BytesIO(spreadsheet.parquet(spreadsheet.table_of(frame))))

    assert read.column_names == ["name", "messages", "at"]  # a small chart is not a value
    assert read["name"].to_pylist() == ["=1+1", None]
    assert read["messages"].to_pylist() == [1, 2]
    assert pa.types.is_timestamp(read["at"].type)
