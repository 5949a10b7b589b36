"""The command that reads stored payloads again: replay."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from bluetick import options as shared
from bluetick.commands import console
from bluetick.options import (
    BootstrapOption,
    BrokerPortOption,
    ConfigOption,
    DataDirOption,
    RegistryOption,
    Settings,
)
from settings.times import parse_time

replay = typer.Typer(
    help="Read dead letters or raw bodies again. No event lands twice.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SourceOption = Annotated[str | None, typer.Option(help="Replay only what this source received.")]
SinceOption = Annotated[
    datetime | None,
    typer.Option(
        parser=parse_time,
        metavar="TIME",
        help="Replay what was received at this time or later: ISO 8601, or an age such as 36h.",
    ),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option(
        parser=parse_time, metavar="TIME", help="Replay what was received before this time."
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be published, and publish nothing.")
]

GuessOption = Annotated[
    bool,
    typer.Option("--guess", help="Guess the dialect of bodies whose source is not configured."),
]


@replay.command()
def dead_letters(
    reason: Annotated[
        str | None, typer.Option(help="Replay only dead letters with this reason.")
    ] = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    dry_run: DryRunOption = False,
    guess: GuessOption = False,
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Read the dead letters of the warehouse again and publish the events in them."""
    from bluetick.replay.dead_letters import LetterFilter
    from bluetick.replay.replay import Place, replay_letters
    from bluetick.replay.source_dialects import Readings
    from warehouse.connection import Location

    settings = Settings(broker_port=broker_port, own_kafka=bootstrap or None)
    place = Place(Location.of(data_dir), settings.bootstrap, registry_url or None, dry_run)
    wanted = LetterFilter(reason, source, since, until)
    readings = Readings.of(config, guess=guess or dry_run)
    raise typer.Exit(replay_letters(place, wanted, readings, console(stderr=True)))


@replay.command()
def raw(
    reason: Annotated[
        str | None,
        typer.Option(help="Replay only bodies that have a dead letter with this reason."),
    ] = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    dry_run: DryRunOption = False,
    guess: GuessOption = False,
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Read the raw bodies that Kafka still keeps and publish the events in them."""
    from bluetick.replay.dead_letters import LetterFilter
    from bluetick.replay.replay import Place, replay_raw
    from bluetick.replay.source_dialects import Readings
    from warehouse.connection import Location

    settings = Settings(broker_port=broker_port, own_kafka=bootstrap or None)
    place = Place(Location.of(data_dir), settings.bootstrap, registry_url or None, dry_run)
    wanted = LetterFilter(reason, source, since, until)
    readings = Readings.of(config, guess=guess or dry_run)
    raise typer.Exit(replay_raw(place, wanted, readings, console(stderr=True)))
