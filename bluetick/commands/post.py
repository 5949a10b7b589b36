"""The commands that post to a receiver: simulate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bluetick import options as shared
from bluetick.commands import console
from bluetick.options import ConfigOption, ReceiverPortOption, Settings


def simulate(
    url: Annotated[str | None, typer.Option(help="The receiver. [default: this machine's]")] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Post to these sources only; may be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(help="Past days to post first.", min=0, max=30)] = 7,
    weekly: Annotated[int, typer.Option(help="Messages of a past week.", min=0)] = 12_000,
    rate: Annotated[float, typer.Option(help="Messages a second, on average.", min=0)] = 8.0,
    seconds: Annotated[float | None, typer.Option(help="End after so long.", min=0)] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same past.")] = 1,
    ledger: Annotated[
        Path | None,
        typer.Option(help="Write the event ids of everything posted to this CSV file."),
    ] = None,
    config: ConfigOption = None,
    receiver_port: ReceiverPortOption = shared.RECEIVER_PORT,
) -> None:
    """Post made-up traffic to a running receiver, signed as its sources want."""
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
