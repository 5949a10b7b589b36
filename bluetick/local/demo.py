"""`bluetick demo`: everything on this machine, with simulated traffic."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bluetick.local.data_dir_lock import claimed
from bluetick.local.progress import Progress
from bluetick.local.sources import DEMO, LOCAL, sources_of, write_demo
from bluetick.local.stack import DRAIN_SECONDS, Stack
from bluetick.local.up import announce, check_start
from bluetick.local.warehouse_origin import landed_sources
from bluetick.options import Settings
from bluetick.simulator.delivery_audit import Balance, await_balance
from settings.errors import BluetickError
from warehouse.connection import Location


class MixedData(BluetickError):
    """The warehouse holds real events; simulated events must not be added to them."""


def demo(
    settings: Settings, console: Console, *, seconds: float | None, weekly: int, seed: int
) -> int:
    """Run everything until Ctrl-C or SIGTERM, or for `seconds`. Returns the exit code; with
    `seconds`, 0 only if every acknowledged event landed exactly once.
    """
    with ExitStack() as cleanup:
        cleanup.enter_context(claimed(settings.data_dir))
        check_start(settings)
        real = landed_sources(Location.of(settings.data_dir)) - {*DEMO, LOCAL}
        if real:
            raise MixedData(
                f"{settings.data_dir} holds real events ({', '.join(sorted(real))}): choose "
                "another folder for the demo with --data-dir or BLUETICK_DATA_DIR"
            )
        settings = replace(settings, config=write_demo(settings.data_dir))
        simulation = [
            f"--weekly={weekly}",
            f"--seed={seed}",
            *(f"--source={name}" for name in DEMO),
        ]
        ledger = None
        if seconds is not None:
            for left in settings.data_dir.glob("posted-*.csv"):  # of a demo that was killed
                left.unlink()
            ledger = settings.data_dir / f"posted-{secrets.token_hex(4)}.csv"
            cleanup.callback(ledger.unlink, missing_ok=True)
            simulation += ["--ledger", str(ledger)]
        with Stack(settings, console) as stack:
            stack.start()
            announce(stack, sources_of(settings.config), console)
            if stack.stopping.is_set():
                return 0
            # With a final report, a simulator that ends is a failure. Without, it is restarted, and
            # does not post the past week again.
            stack.simulate(simulation, again=None if ledger else [*simulation, "--days=0"])
            stack.watch(seconds)
            if ledger is None:
                return 0
            simulator = stack.end("simulator")
            found, progress = _settled(stack, ledger)
        console.print(_summary(found, progress), highlight=False)
        return 0 if found.even and found.acknowledged and simulator == 0 else 1


def _settled(stack: Stack, ledger: Path) -> tuple[Balance, Progress]:
    """The balance after everything has landed, or when the time is over."""
    stack.drain()
    found = await_balance(ledger, stack.location, seconds=DRAIN_SECONDS, stop=stack.hurry)
    return found, stack.progress() or Progress()


def _summary(found: Balance, progress: Progress) -> str:
    counts = (
        f"posted {found.posted:,} · acknowledged {found.acknowledged:,} · "
        f"landed {progress.landed:,} · duplicates dropped {progress.duplicates:,} · "
        f"dead letters {progress.dead_letters:,}"
    )
    if found.even:
        return f"{counts} · everything acknowledged landed once"
    return f"{counts} · LOST {found.missing:,} · DOUBLED {found.doubled:,}"
