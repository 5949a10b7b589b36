"""Commands that check an installation and correct it: doctor, rebuild."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from bluetick import options as shared
from bluetick.commands import console
from bluetick.options import (
    BootstrapOption,
    BrokerPortOption,
    ConfigOption,
    DataDirOption,
    HostOption,
    RegistryOption,
    Settings,
)


def doctor(
    form: Annotated[
        Literal["text", "json"],
        typer.Option("--format", "-f", help="Print text, or json with one finding per line."),
    ] = "text",
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
    host: HostOption = shared.HOST,
) -> None:
    """Check every part of an installation and say what to do. Changes nothing."""
    from bluetick.doctor.report import examine, report

    settings = Settings(
        config=config,
        data_dir=data_dir,
        broker_port=broker_port,
        own_kafka=bootstrap or None,
        registry_url=registry_url or None,
        host=host,
    )
    raise typer.Exit(report(examine(settings), form, console()))


def rebuild(data_dir: DataDirOption = shared.DATA_DIR) -> None:
    """Compute the sums of the pages anew from all statuses, while everything runs."""
    from bluetick.rebuild import rebuild as run
    from warehouse.connection import Location

    wrong = run(Location.under(data_dir), console(stderr=True))
    typer.echo(f"{wrong:,} sums were wrong and are right now" if wrong else "all sums were right")
