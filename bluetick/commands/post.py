"""The command that posts to a receiver: simulate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bluetick import options as shared
from bluetick.commands import console
from bluetick.options import ConfigOption, ReceiverPortOption, Settings


def simulate(
    url: Annotated[
        str | None, typer.Option(help="Post to this receiver. [default: the one on this machine]")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Post only to this source. Repeat for more.")
    ] = None,
    days: Annotated[
        int, typer.Option(help="First post traffic of this many past days.", min=0, max=30)
    ] = 7,
    weekly: Annotated[
        int, typer.Option(help="Post this many messages per past week.", min=0)
    ] = 40_000,
    rate: Annotated[
        float | None,
        typer.Option(
            help="Then post this many messages per second, on average. [default: go on as in the "
            "past days]",
            min=0,
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Stop after this many seconds.", min=0)
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            help="Generate past traffic from this seed; the same seed gives the same traffic."
        ),
    ] = 1,
    ledger: Annotated[
        Path | None,
        typer.Option(help="Write the event ids of all posted events to this CSV file."),
    ] = None,
    config: ConfigOption = None,
    receiver_port: ReceiverPortOption = shared.RECEIVER_PORT,
) -> None:
    """Post simulated traffic to a running receiver, signed as each source requires."""
    from bluetick.local.sources import sources_of
    from bluetick.simulator.simulation import Plan, run

    plan = Plan(
        url=url or Settings(receiver_port=receiver_port).receiver_url,
        config=sources_of(config),
        sources=tuple(source or ()),
        days=days,
        weekly=weekly,
        rate=rate,
        seconds=seconds,
        seed=seed,
        ledger=ledger,
    )
    raise typer.Exit(run(plan, console(stderr=True)))
