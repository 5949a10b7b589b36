"""`bluetick export`: copy the warehouse into one plain DuckDB file."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import Progress

from bluetick.tasks.query_progress import watched
from settings.errors import BluetickError
from warehouse import reference, views
from warehouse.campaigns import installed
from warehouse.connection import ALIAS, Location, connect
from warehouse.sql_literal import literal
from warehouse.tables import tables
from warehouse.transaction import roll_back

TARGET = "export_file"


class ExportError(BluetickError):
    """The file could not be written."""


def export(location: Location, file: Path, *, overwrite: bool, console: Console) -> int:
    """Write every table, from one snapshot, and the views to `file`. Returns the rows written.

    The file exists only once it is complete. Raises ExportError and WarehouseError.
    """
    if file.exists() and not overwrite:
        raise ExportError(f"{file} exists: choose another name or pass --overwrite")
    if not file.parent.is_dir():
        raise ExportError(f"{file.parent} is not a folder")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    connection = connect(location, read_only=True)
    try:
        rows = _copy(connection, draft, console)
        draft.replace(file)
    except duckdb.Error as error:
        raise ExportError(f"{file} could not be written: {error}") from None
    finally:
        roll_back(connection)
        connection.close()
        draft.unlink(missing_ok=True)
        Path(f"{draft}.wal").unlink(missing_ok=True)
    return rows


def _copy(connection: duckdb.DuckDBPyConnection, draft: Path, console: Console) -> int:
    connection.execute(f"ATTACH {literal(str(draft))} AS {TARGET}")
    # One transaction reads one snapshot: the tables agree with each other and with the offsets.
    connection.execute("BEGIN")
    sizes = {name: _rows(connection, name) for name in (*tables(), *reference.tables())}
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("rows", total=sum(sizes.values()))
        done = 0
        for name, size in sizes.items():
            progress.update(bar, description=name)
            for share in watched(
                connection, f'CREATE TABLE {TARGET}."{name}" AS FROM {ALIAS}."{name}"'
            ):
                progress.update(bar, completed=done + share * size)
            done += size
            progress.update(bar, completed=done)
    macros = installed(connection)
    connection.execute("COMMIT")
    connection.execute(f"USE {TARGET}")
    for statement in macros:
        connection.execute(statement)
    for name in views.VIEWS:
        connection.execute(views.view_sql(name))
    connection.execute(f"USE memory; DETACH {TARGET}")
    return sum(sizes.values())


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((rows,),) = connection.execute(f'SELECT count(*) FROM "{table}"').fetchall()
    return int(rows)
