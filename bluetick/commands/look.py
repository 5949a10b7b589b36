"""Commands that read the warehouse or Kafka: sql, diagnose, report, mcp, export, tail."""

from __future__ import annotations

import sys
from datetime import datetime
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
from settings.errors import BluetickError
from settings.times import parse_time

SQL_TIMEOUT_SECONDS = 300
FormatOption = Annotated[
    Literal["table", "csv", "json"],
    typer.Option("--format", "-f", help="Print a table, csv, or json with one object per line."),
]


class MissingPackage(BluetickError):
    """The command needs a package that is not installed."""


def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            help="Run this SQL. Without it, read statements from the terminal or from stdin."
        ),
    ] = None,
    form: FormatOption = "table",
    exact: Annotated[
        bool,
        typer.Option(
            "--exact",
            help="Write texts in CSV as they are, also what a terminal or spreadsheet would run.",
        ),
    ] = False,
    timeout: Annotated[
        int,
        typer.Option(
            "--timeout",
            envvar="BLUETICK_SQL_TIMEOUT",
            help="Stop a statement, output included, after this many seconds. 0 sets no limit.",
            min=0,
        ),
    ] = SQL_TIMEOUT_SECONDS,
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Query the warehouse with SQL while everything runs. Only reads."""
    from bluetick.shell.prompt import interactive, one_shot
    from warehouse.connection import Location

    location = Location.of(data_dir)
    if query is None and sys.stdin.isatty():
        raise typer.Exit(interactive(location, form, data_dir, timeout, exact=exact))
    text = sys.stdin.read() if query is None else query
    raise typer.Exit(one_shot(location, text, form, timeout, exact=exact))


def diagnose(
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_time,
            metavar="TIME",
            help="Look back to this time, at most 7 days: ISO 8601, or an age such as 6h. "
            "[default: 24h]",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Say in words what is wrong now: where, since when, and what to do. Only reads."""
    from bluetick.tasks.diagnose import diagnose as run
    from warehouse.connection import Location

    for line in run(Location.of(data_dir), since, as_json=as_json):
        typer.echo(line)


def report(
    every: Annotated[
        Literal["day", "week"],
        typer.Option("--every", help="Report yesterday, or the week before this one."),
    ] = "day",
    zone: Annotated[
        str, typer.Option("--zone", help="Begin days at midnight in this time zone.")
    ] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Print the figures of a day or a week: changes, error codes, incidents. Only reads."""
    from datetime import time

    from bluetick.reports.report import printed
    from settings.reports import Report
    from settings.time_zones import zone as known
    from warehouse.connection import Location

    try:
        known(zone)
    except ValueError as error:
        raise typer.BadParameter(f"{zone} {error}", param_hint="--zone") from None
    name = {"day": "daily", "week": "weekly"}[every]
    # At midnight, the day before is complete.
    wanted = Report(name=name, every=every, at=time(0), zone=zone)
    for line in printed(Location.of(data_dir), wanted, as_json=as_json):
        typer.echo(line)


def mcp(
    role: Annotated[
        Literal["viewer", "operator"],
        typer.Option(
            "--role", help="Offer SQL, which shows people's numbers, to an operator only."
        ),
    ] = "operator",
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Answer an assistant's questions over MCP on stdin and stdout. Only reads."""
    from warehouse.connection import Location

    try:
        from bluetick.tasks.mcp_server import server
    except ModuleNotFoundError as error:
        if error.name not in ("mcp", "mcp_types"):
            raise
        raise MissingPackage("install the package for it: pip install 'bluetick[mcp]'") from None
    server(Location.of(data_dir), role).run("stdio")


def export(
    file: Annotated[Path, typer.Argument(help="Write this DuckDB file.", dir_okay=False)],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it exists.")
    ] = False,
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Copy the warehouse as it is now into one plain DuckDB file."""
    from bluetick.tasks.export import export as run
    from warehouse.connection import Location

    rows = run(Location.of(data_dir), file, overwrite=overwrite, console=console(stderr=True))
    typer.echo(f"{rows:,} rows written to {file}")


def tail(
    topic: Annotated[
        str, typer.Argument(help="Follow this topic: whatsapp.statuses, or statuses for short.")
    ],
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Print events already in the topic too.")
    ] = False,
    count: Annotated[
        int | None, typer.Option("-n", "--count", help="Stop after this many events.", min=1)
    ] = None,
    fields: Annotated[
        str | None,
        typer.Option("--fields", help="Print only these fields: names, separated by commas."),
    ] = None,
    of_id: Annotated[
        str | None,
        typer.Option("--id", help="Print only events with this message_id or event_id."),
    ] = None,
    pretty: Annotated[
        bool,
        typer.Option("--pretty", help="Print each field on its own line, and leave out nulls."),
    ] = False,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Print the events of a topic as they arrive, one JSON object per line."""
    from bluetick.tail import fields_named, follow, topic_named
    from bluetick.tail import tail as run
    from schemas.registry import open_registry

    settings = Settings(broker_port=broker_port, own_kafka=bootstrap or None)
    chosen = topic_named(topic)
    names = fields_named(chosen, fields)
    records = follow(
        settings.bootstrap,
        open_registry(registry_url or None),
        chosen,
        from_beginning=from_beginning,
    )
    raise typer.Exit(run(records, count, fields=names, of_id=of_id, pretty=pretty))
