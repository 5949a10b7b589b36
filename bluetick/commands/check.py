"""The command that examines everything: doctor."""

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
        typer.Option("--format", "-f", help="text or json (one finding a line)."),
    ] = "text",
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
    host: HostOption = shared.HOST,
) -> None:
    """Examine everything and say what to do. It changes nothing."""
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
