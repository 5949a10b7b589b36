"""Commands for an installation: connect, doctor, rebuild, backup, restore, migrate-catalog,
permit."""

from __future__ import annotations

from pathlib import Path
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


def connect(
    provider: Annotated[
        str, typer.Argument(help="The provider: a dialect, such as cloud or twilio.")
    ],
    host: Annotated[
        str,
        typer.Option("--host", help="Print addresses below this URL, such as https://HOST."),
    ] = "https://YOUR-HOST",
    check: Annotated[
        str | None,
        typer.Option(
            "--check",
            metavar="URL",
            help="Get this address once, and say whether the receiver answers. Stores nothing.",
        ),
    ] = None,
) -> None:
    """Print how to connect a provider: its console's steps, and the table for bluetick.toml."""
    from bluetick import connect as connecting

    guide = connecting.guide(provider, host)  # with --check too: the name must be right
    if check is None:
        typer.echo(guide)
        return
    found = connecting.check(check)
    typer.echo(found.text)
    raise typer.Exit(0 if found.reached else 1)


def doctor(
    form: Annotated[
        Literal["text", "json"],
        typer.Option("--format", "-f", help="Print text, or json with one finding per line."),
    ] = "text",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only what is wrong or may become so.")
    ] = False,
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
    raise typer.Exit(report(examine(settings), form, console(), quiet=quiet))


def rebuild(data_dir: DataDirOption = shared.DATA_DIR) -> None:
    """Compute the sums of the pages anew from all statuses, while everything runs."""
    from bluetick.tasks.rebuild import rebuild as run
    from warehouse.connection import Location

    wrong = run(Location.of(data_dir), console(stderr=True))
    typer.echo(f"{wrong:,} sums were wrong and are right now" if wrong else "all sums were right")


def backup(
    folder: Annotated[
        Path,
        typer.Argument(help="Write here: a new folder, or an earlier backup to bring up to date."),
    ],
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Copy the warehouse to a folder, at one moment, while everything runs."""
    from bluetick.tasks.backup import backup as run
    from warehouse.connection import Location

    copied = run(Location.of(data_dir), folder, console(stderr=True))
    typer.echo(f"{folder} is complete: {copied.files:,} files ({copied.bytes:,} bytes) copied now")


def restore(
    folder: Annotated[Path, typer.Argument(help="The backup to restore.")],
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Copy a backup to a data folder without a warehouse; the consumer then lands what is newer."""
    from bluetick.tasks.backup import restore as run
    from warehouse.connection import Location

    copied = run(folder, Location.of(data_dir), console(stderr=True))
    typer.echo(
        f"{copied.files:,} files ({copied.bytes:,} bytes) restored to {data_dir}: start "
        "`bluetick land`, and repeat each `bluetick privacy erase` that is newer than the backup"
    )


def migrate_catalog(data_dir: DataDirOption = shared.DATA_DIR) -> None:
    """Copy the warehouse of the data folder to BLUETICK_CATALOG. Stop the consumer first."""
    from bluetick.tasks.migrate_catalog import migrate

    rows = migrate(data_dir, console(stderr=True))
    typer.echo(f"{rows:,} rows copied and compared; the data folder keeps the former warehouse")


def permit(
    receiver: Annotated[str, typer.Option(help="Let this user of Kafka publish.")],
    consumer: Annotated[str, typer.Option(help="Let this user of Kafka read and land.")],
    group: Annotated[
        str,
        typer.Option(envvar="BLUETICK_GROUP", help="Let the consumer join this Kafka group."),
    ] = "bluetick",
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
) -> None:
    """Create the topics of Kafka, and give its users only the rights that they need."""
    from bluetick.tasks.permit import Users
    from bluetick.tasks.permit import permit as run

    settings = Settings(broker_port=broker_port, own_kafka=bootstrap or None)
    count = run(settings.bootstrap, Users(receiver, consumer, group))
    typer.echo(f"{count:,} rights granted")
