"""`bluetick rebuild`: compute the sums of messages anew, while everything runs."""

from __future__ import annotations

import duckdb
from rich.console import Console
from rich.progress import Progress

from settings.errors import BluetickError
from warehouse import rollups
from warehouse.advisory_lock import turn
from warehouse.connection import Location, connect, is_current
from warehouse.transaction import passing_cause, roll_back, transact


class RebuildError(BluetickError):
    """The sums could not be computed anew; the message says why and what to do."""


def rebuild(location: Location, console: Console) -> int:
    """Compares all sums with the statuses and corrects them. Returns how many were wrong.

    Raises RebuildError, WarehouseError and Busy.
    """
    # A connection that can write would make a warehouse where there is none.
    with connect(location, read_only=True) as reader:
        if not is_current(reader):
            raise RebuildError(
                "the warehouse is of another version: start `bluetick up` or `bluetick land` of "
                "this version first, which updates it"
            )
    connection = connect(location)
    try:
        _find(connection, console)
        ((wrong,),) = connection.execute("SELECT count(*) FROM corrections").fetchall()
        insert = "INSERT INTO rollups BY NAME FROM corrections"
        transact(connection, lambda: connection.execute(insert), lock=turn(location))
    except duckdb.Error as error:
        cause = passing_cause(error) or type(error).__name__
        raise RebuildError(
            f"the warehouse could not be read to its end ({cause}): run `bluetick doctor`"
        ) from None
    finally:
        roll_back(connection)
        connection.close()
    return int(wrong)


def _find(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """Fills the temporary table `corrections`."""
    connection.execute("BEGIN")
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("statuses", total=1.0)
        for share in rollups.wrong_sums(connection):
            progress.update(bar, completed=share)
    connection.execute("COMMIT")
