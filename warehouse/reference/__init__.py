"""Reference data as tables: CSV files, the registry of dialects, and the metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from settings.dialects import DIALECTS
from warehouse import metrics

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_CALLING_CODE = re.compile(r"[1-9]\d{0,3}")
_ERROR_COLUMNS = ("code", "generation", "title", "meaning", "family", "group", "action", "retry")
_MARKET_COLUMNS: dict[str, pa.DataType] = {
    "calling_code": pa.string(),
    "market": pa.string(),
    "iso": pa.string(),
    "valid_from": pa.date32(),
}


class BadReference(ValueError):
    """A reference file is not valid; the message names the file and the reason."""


def tables() -> dict[str, pa.Table]:
    """Every reference table by its name in the warehouse."""
    return {
        "dialects": dialects(),
        "error_catalogue": error_catalogue(),
        "markets": markets(),
        "metrics": metrics.table(),
        "no_outcome": no_outcome(),
    }


def dialects() -> pa.Table:
    """The generation of error codes of each dialect in `settings/dialects.py`."""
    rows = [
        {"dialect": dialect.name, "error_generation": dialect.error_generation}
        for dialect in DIALECTS.values()
    ]
    return pa.Table.from_pylist(rows)


def error_catalogue() -> pa.Table:
    """The meanings of error codes: one row for each code (BIGINT) and generation.

    The file may write neighbouring codes of one meaning as a range, such as 200-299.
    """
    written = _read("errors.csv", dict.fromkeys(_ERROR_COLUMNS, pa.string()))
    rows = [
        {**row, "code": code} for row in written.to_pylist() for code in _codes(str(row["code"]))
    ]
    schema = written.schema.set(0, pa.field("code", pa.int64()))
    table = pa.Table.from_pylist(rows, schema)
    _require_unique(table, ["code", "generation"], "errors.csv")
    return table


def markets(path: Path | None = None) -> pa.Table:
    """The market whose prices apply to messages to a calling code or country, from a date on.

    Columns calling_code (1 to 4 digits), market, iso (country, may be null) and valid_from (DATE,
    null: always). `path` replaces the file that comes with Bluetick. Raises BadReference.
    """
    table = _read(path or "markets.csv", _MARKET_COLUMNS)
    name = path.name if path else "markets.csv"
    for code in table["calling_code"].to_pylist():
        if not code or not _CALLING_CODE.fullmatch(code):
            raise BadReference(f"{name}: calling_code {code!r} is not 1 to 4 digits")
    if table["market"].null_count:
        raise BadReference(f"{name}: a row without market")
    for column in ("calling_code", "iso"):
        _require_one_market(table, column, name)
        _require_beginning(table, column, name)
    return table


def no_outcome() -> pa.Table:
    """The minutes (BIGINT) after which a message of a category, without news, has no outcome.

    The row with category `default` is for all categories without a row.
    """
    table = _read("no_outcome.csv", {"category": pa.string(), "minutes": pa.int64()})
    _require_unique(table, ["category"], "no_outcome.csv")
    return table


def _read(file: str | Path, columns: dict[str, pa.DataType]) -> pa.Table:
    """These columns of the CSV file; empty fields are null. Raises BadReference."""
    convert = csv.ConvertOptions(
        include_columns=list(columns),
        column_types=columns,
        null_values=[""],
        strings_can_be_null=True,
    )
    try:
        if isinstance(file, Path):
            return csv.read_csv(file, convert_options=convert)
        with resources.files(__name__).joinpath(file).open("rb") as stream:
            return csv.read_csv(stream, convert_options=convert)
    except (OSError, KeyError, pa.ArrowException) as error:
        raise BadReference(f"{file}: {error}") from error


def _codes(written: str) -> Iterator[int]:
    match = _RANGE.fullmatch(written)
    if not match:
        raise BadReference(f"errors.csv: {written!r} is neither a code nor a range")
    first, last = int(match[1]), int(match[2] or match[1])
    yield from range(first, last + 1)


def _require_unique(table: pa.Table, columns: list[str], name: str) -> None:
    if len(_distinct(table, columns)) != len(table):
        raise BadReference(f"{name}: more than one row for the same {' and '.join(columns)}")


def _distinct(table: pa.Table, columns: list[str]) -> set[tuple[object, ...]]:
    """The different rows of these columns."""
    # Not with pyarrow.compute: to import it takes longer than all of this, in every consumer.
    return set(zip(*(table[column].to_pylist() for column in columns), strict=True))


def _require_one_market(table: pa.Table, column: str, name: str) -> None:
    """Raises BadReference if rows of one calling code (or country) and date have two markets."""
    answers = _distinct(table, [column, "valid_from", "market"])
    known = [(key, valid_from) for key, valid_from, _ in answers if key is not None]
    if len(set(known)) != len(known):
        raise BadReference(f"{name}: two markets for the same {column} from the same day")


def _require_beginning(table: pa.Table, column: str, name: str) -> None:
    """Raises BadReference if a calling code (or country) has no market before its first date."""
    rows = _distinct(table, [column, "valid_from"])
    always = {key for key, valid_from in rows if valid_from is None}
    missing = {str(key) for key, _ in rows if key} - always
    if missing:
        raise BadReference(f"{name}: {column} {min(missing)} has no row without valid_from")
