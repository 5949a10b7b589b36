"""Check that the catalog exists, that many can read it at once, and its version."""

from __future__ import annotations

import duckdb

from bluetick.doctor.finding import Finding, ok, problem, warning
from warehouse.connection import Location, WarehouseError, connect, is_current
from warehouse.transaction import Busy

CHECK = "catalog"
# The bytes of a SQLite file that hold its write and read versions, and their value in WAL mode.
_MODES = slice(18, 20)
_WAL = b"\x02\x02"


def journal(location: Location) -> Finding | None:
    """Whether a SQLite catalog is in WAL mode; None if there is no such file.

    Call it while the warehouse is closed: closing the file here ends the locks of this process.
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
    """A read-only connection to the warehouse, or a finding that says why it cannot be read."""
    try:
        return connect(location, read_only=True)
    except WarehouseError as error:
        what, _, advice = str(error).partition(": ")
        return problem(CHECK, what, advice.replace("\n", " "))
    except Busy as error:
        advice = "wait, or find the process that holds the lock"
        if location.postgres:
            advice = f"check that {location} can be reached from here"
        return problem(CHECK, str(error), advice)


def version(connection: duckdb.DuckDBPyConnection) -> Finding:
    """Whether this version made the tables and views of the warehouse."""
    if is_current(connection):
        return ok(CHECK, "tables and views have this version")
    return warning(
        CHECK,
        "tables and views have another version of Bluetick",
        "restart `bluetick land` with this version, which updates them",
    )
