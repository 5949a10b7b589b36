"""The command for the rights of people: privacy find, export, erase."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bluetick import options as shared
from bluetick.commands import console
from bluetick.options import (
    BootstrapOption,
    BrokerPortOption,
    ConfigOption,
    DataDirOption,
    Settings,
)

if TYPE_CHECKING:
    from warehouse.subjects import Subjects

privacy = typer.Typer(
    help="Find, export or erase what the warehouse has about people or messages.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

PersonOption = Annotated[
    list[str] | None,
    typer.Option(
        "--person", help="This phone number with its country code, or user id. Can be repeated."
    ),
]
MessageOption = Annotated[
    list[str] | None, typer.Option("--message", help="This message id. Can be repeated.")
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file",
        help="Read people from this file, one on a line, or messages that begin with wamid.",
        exists=True,
        dir_okay=False,
    ),
]
NowOption = Annotated[
    bool,
    typer.Option(
        "--now",
        help="Remove old snapshots at once. Queries that are running may fail.",
    ),
]


@privacy.command()
def find(
    person: PersonOption = None,
    message: MessageOption = None,
    file: FileOption = None,
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Count the rows about these people or messages in each table. Changes nothing."""
    from bluetick.tasks.privacy import find as run
    from warehouse.connection import Location

    for table, rows in run(Location.of(data_dir), _wanted(person, message, file, config)).items():
        typer.echo(f"{table:16}{rows:>14,}")


@privacy.command()
def export(
    person: PersonOption = None,
    message: MessageOption = None,
    file: FileOption = None,
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
) -> None:
    """Print the rows about these people or messages, one JSON object per line."""
    from bluetick.tasks.privacy import export as run
    from warehouse.connection import Location

    for line in run(Location.of(data_dir), _wanted(person, message, file, config)):
        typer.echo(line)


@privacy.command()
def erase(
    person: PersonOption = None,
    message: MessageOption = None,
    file: FileOption = None,
    config: ConfigOption = None,
    now: NowOption = False,
    data_dir: DataDirOption = shared.DATA_DIR,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
) -> None:
    """Erase these people and messages for good, while everything runs. Counts stay.

    Says until when Kafka, which is not changed, may hold their records.
    """
    from bluetick.tasks.kafka_retention import remainder
    from bluetick.tasks.privacy import erase as run
    from warehouse.connection import Location

    found = run(
        Location.of(data_dir), _wanted(person, message, file, config), console(stderr=True), now
    )
    typer.echo(f"erased: {found.people:,} people, {found.messages:,} messages")
    typer.echo(remainder(Settings(broker_port=broker_port, own_kafka=bootstrap or None)))


def _wanted(
    person: list[str] | None, message: list[str] | None, file: Path | None, config: Path | None
) -> Subjects:
    from bluetick.tasks.subject_pseudonyms import with_pseudonyms
    from warehouse.subjects import Subjects

    lines = [line.strip() for line in file.read_text("utf-8").splitlines()] if file else []
    named = [line for line in lines if line]
    people = [line for line in named if not line.startswith("wamid.")]
    messages = [line for line in named if line.startswith("wamid.")]
    wanted = Subjects([*(person or ()), *people], [*(message or ()), *messages])
    if not wanted.people and not wanted.messages:
        raise typer.BadParameter("give --person, --message or --file")
    return with_pseudonyms(wanted, config)
