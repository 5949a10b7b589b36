"""The commands that look at what is there: sql, export, tail."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bluetick import options as shared
from bluetick.commands import console
from bluetick.options import (
    BootstrapOption,
    BrokerPortOption,
    DataDirOption,
    RegistryOption,
    Settings,
)

SQL_TIMEOUT_SECONDS = 300
FormatOption = Annotated[
    Literal["table", "csv", "json"],
    typer.Option("--format", "-f", help="table, csv or json (one object a line)."),
]


def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            help="What to run; without it, statements are asked for or read from stdin."
        ),
    ] = None,
    form: FormatOption = "table",
    timeout: Annotated[
        int,
        typer.Option(
            "--timeout",
            envvar="BLUETICK_SQL_TIMEOUT",
            help="Seconds a statement may take, its output included; 0: no limit.",
            min=0,
        ),
    ] = SQL_TIMEOUT_SECONDS,
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Ask the warehouse, while everything runs. It only reads."""
    from bluetick.shell.prompt import interactive, one_shot
    from warehouse.connection import Location

    location = Location.under(data_dir)
    if query is None and sys.stdin.isatty():
        raise typer.Exit(interactive(location, form, data_dir, timeout))
    text = sys.stdin.read() if query is None else query
    raise typer.Exit(one_shot(location, text, form, timeout))


def export(
    file: Annotated[Path, typer.Argument(help="The DuckDB file to write.", dir_okay=False)],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Copy the warehouse, as of now, into one plain DuckDB file."""
    from bluetick.export import export as run
    from warehouse.connection import Location

    rows = run(Location.under(data_dir), file, overwrite=overwrite, console=console(stderr=True))
    typer.echo(f"{rows:,} rows written to {file}")


def tail(
    topic: Annotated[str, typer.Argument(help="whatsapp.statuses, or short: statuses.")],
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Also what is there already.")
    ] = False,
    count: Annotated[
        int | None, typer.Option("-n", "--count", help="End after so many.", min=1)
    ] = None,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Follow a topic: its events, decoded, as JSON lines."""
    from bluetick.tail import follow, topic_named
    from bluetick.tail import tail as run
    from schemas.registry import open_registry

    settings = Settings(broker_port=broker_port, own_kafka=bootstrap or None)
    records = follow(
        settings.bootstrap,
        open_registry(registry_url or None),
        topic_named(topic),
        from_beginning=from_beginning,
    )
    raise typer.Exit(run(records, count))
