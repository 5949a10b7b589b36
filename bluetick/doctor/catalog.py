"""The warehouse's catalog: there, readable by many at once, and of this version."""

from __future__ import annotations

import duckdb

from bluetick.doctor.finding import Finding, ok, problem, warning
from warehouse.connection import Location, WarehouseError, connect, is_current
from warehouse.transaction import Busy

CHECK = "catalog"
# Where a SQLite file says how it is written and read, and what it says in WAL mode.
_MODES = slice(18, 20)
_WAL = b"\x02\x02"


def journal(location: Location) -> Finding | None:
    """How a SQLite catalog is written; None where there is no such file.

    Call it with the warehouse closed: closing the file here would end the locks of this process.
    """
    file = location.sqlite_file
    if file is None or not file.exists():
        return None
    with file.open("rb") as raw:
        if raw.read(20)[_MODES] == _WAL:
            return ok(CHECK, f"{file} is in WAL mode")
    return warning(
        CHECK,
        f"{file} is not in WAL mode, so readers and the consumer block each other",
        "stop everything and start `bluetick land`, which sets it",
    )


def opened(location: Location) -> duckdb.DuckDBPyConnection | Finding:
    """The warehouse to read from, or why it cannot be read."""
    try:
        return connect(location, read_only=True)
    except WarehouseError as error:
        what, _, advice = str(error).partition(": ")
        return problem(CHECK, what, advice.replace("\n", " "))
    except Busy as error:
        return problem(CHECK, str(error), "wait, or look for who holds it")


def version(connection: duckdb.DuckDBPyConnection) -> Finding:
    """Whether the open warehouse is of this version."""
    if is_current(connection):
        return ok(CHECK, "tables and views are of this version")
    return warning(
        CHECK,
        "tables and views are of another version of Bluetick",
        "restart `bluetick land` with this version, which brings them up to date",
    )
