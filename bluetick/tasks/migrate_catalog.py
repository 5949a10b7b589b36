"""`bluetick migrate-catalog`: copy the warehouse of the data folder to PostgreSQL, row by row."""

from __future__ import annotations

from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import Progress

from bluetick.tasks.query_progress import watched
from settings.errors import BluetickError
from settings.lake import CATALOG
from warehouse.advisory_lock import alone
from warehouse.attachment import attach_another
from warehouse.campaigns import installed
from warehouse.connection import ALIAS, Location, connect, create, is_current
from warehouse.tables import tables
from warehouse.transaction import passing_cause

FORMER = "former"
# A table beside those of `tables()`, which says how the sums were counted.
RULE = {"rollup_version": {"digest": "VARCHAR"}}


class MigrationError(BluetickError):
    """The warehouse was not copied; the message says why and what to do. Nothing has changed."""


def migrate(data_dir: Path, console: Console) -> int:
    """Copies every table in one transaction, and compares the sums. Returns the rows copied.

    Stop the consumer before. Raises MigrationError, WarehouseError and Busy.
    """
    source, target = Location.under(data_dir), Location.of(data_dir)
    if not target.postgres:
        raise MigrationError(f"set {CATALOG} to the PostgreSQL database to copy to")
    with connect(source, read_only=True) as reader:
        if not is_current(reader):
            raise MigrationError(
                "the warehouse in the data folder is of another version: start `bluetick land` of "
                f"this version without {CATALOG} once, which updates it"
            )
        macros = installed(reader)
        before = _snapshot(reader)
    try:
        with alone(target), connect(target) as connection:
            create(connection)
            if any(_rows(connection, ALIAS, table) for table in ("kafka_offsets", "statuses")):
                raise MigrationError(f"{target} holds events already: name an empty database")
            attach_another(connection, source, FORMER)
            copied = _copy(connection, macros, console)
    except duckdb.Error as error:
        cause = passing_cause(error) or type(error).__name__
        raise MigrationError(f"the warehouse could not be copied ({cause}): run it again") from None
    with connect(source, read_only=True) as reader:
        if _snapshot(reader) != before:
            raise MigrationError(
                "something was landed meanwhile: stop every `bluetick land` and `bluetick up`, "
                "and copy again to an empty database"
            )
    return copied


def _copy(connection: duckdb.DuckDBPyConnection, macros: list[str], console: Console) -> int:
    """Copies all tables in one transaction. Raises MigrationError and duckdb.Error."""
    connection.execute("BEGIN")
    sizes = {table: _rows(connection, FORMER, table) for table in tables() | RULE}
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("rows", total=sum(sizes.values()))
        done = 0
        for table, size in sizes.items():
            progress.update(bar, description=table)
            connection.execute(f'DELETE FROM {ALIAS}."{table}"')
            statement = f'INSERT INTO {ALIAS}."{table}" BY NAME FROM {FORMER}."{table}"'
            for share in watched(connection, statement):
                progress.update(bar, completed=done + share * size)
            _compare(connection, table)
            done += size
            progress.update(bar, completed=done)
    for macro in macros:
        connection.execute(macro)
    connection.execute("COMMIT")
    return sum(sizes.values())


def _compare(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raises MigrationError unless both have the same rows."""
    # The order of columns may differ. The sum is the same for the same rows in any order, and
    # another one if a row is missing, doubled or changed.
    columns = ", ".join(f'"{name}"' for name in (tables() | RULE)[table])
    one, other = (
        connection.execute(
            f'SELECT count(*), sum(hash({columns})::HUGEINT) FROM {warehouse}."{table}"'
        ).fetchall()
        for warehouse in (FORMER, ALIAS)
    )
    if one != other:
        raise MigrationError(f"the rows of {table} differ from their copies: nothing was copied")


def _rows(connection: duckdb.DuckDBPyConnection, warehouse: str, table: str) -> int:
    ((rows,),) = connection.execute(f'SELECT count(*) FROM {warehouse}."{table}"').fetchall()
    return int(rows)


def _snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    ((newest,),) = connection.execute(
        f"SELECT max(snapshot_id) FROM ducklake_snapshots('{ALIAS}')"
    ).fetchall()
    return int(newest)
