"""Tables as files: CSV for spreadsheets, Parquet for programs."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

Writer = Callable[[pa.Table], bytes]

# A spreadsheet computes a text that begins so, unless an apostrophe stands before it.
FORMULA = "^([=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"
# But it shows a number as a number, with any sign: +15550001111, +12%.
NUMBER = r"^[+-]?[0-9][0-9.,]*[\s\x{a0}]*%?$"
# Without it, a spreadsheet does not read the texts as UTF-8.
MARK = b"\xef\xbb\xbf"


def csv(table: pa.Table) -> bytes:
    """UTF-8 with a header; texts that a spreadsheet would compute begin with an apostrophe."""
    out = io.BytesIO()
    out.write(MARK)
    columns = [_harmless(column) for column in table.columns]
    names = _harmless(pa.array(table.column_names, pa.string())).to_pylist()
    pa_csv.write_csv(pa.Table.from_arrays(columns, names=names), out)
    return out.getvalue()


def parquet(table: pa.Table) -> bytes:
    """Parquet with the types of the columns."""
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def table_of(frame: pd.DataFrame) -> pa.Table:
    """A frame without its index and without columns of lists, which are small charts."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    lists = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    return table.drop_columns(lists)


def _harmless(column: Any) -> Any:
    """An array, or one in chunks, of any type."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    computed = pc.and_not(
        pc.match_substring_regex(column, FORMULA), pc.match_substring_regex(column, NUMBER)
    )
    if not pc.any(computed).as_py():
        return column
    marked = pc.replace_substring_regex(column, FORMULA, r"'\1")
    return pc.if_else(computed, marked, column)
