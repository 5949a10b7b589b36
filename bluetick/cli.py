"""The `bluetick` command. Exit codes: 0 done, 1 failed with a message, 2 wrong usage."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from bluetick.commands.check import (
    backup,
    connect,
    doctor,
    migrate_catalog,
    permit,
    rebuild,
    restore,
)
from bluetick.commands.imports import imports
from bluetick.commands.land import land
from bluetick.commands.look import diagnose, export, mcp, report, sql, tail
from bluetick.commands.post import simulate
from bluetick.commands.privacy import privacy
from bluetick.commands.replay import replay
from bluetick.commands.start import dashboard, demo, receive, registry, up, watch
from settings.blas_threads import one_blas_thread
from settings.errors import BluetickError
from settings.permissions import keep_private
from settings.without_pandas import leave_out_pandas

# These make figures with pandas; all others start faster, and use less memory, without it.
WITH_PANDAS = frozenset({"dashboard", "mcp", "report", "watch"})


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bluetick {version('bluetick')}")
        raise typer.Exit


app = typer.Typer(
    name="bluetick",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its tables cut off text that people want to copy
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _bluetick(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """WhatsApp delivery analytics: from webhooks through Kafka to DuckDB, each event once."""


for command in (demo, up, connect, receive, land, dashboard, sql, diagnose, export, tail, simulate):
    app.command()(command)
app.command()(mcp)
app.command()(report)
app.command()(watch)
app.command()(doctor)
app.command()(registry)
app.command()(rebuild)
app.command()(backup)
app.command()(restore)
app.command()(migrate_catalog)
app.command()(permit)
app.add_typer(imports, name="import")
app.add_typer(replay, name="replay")
app.add_typer(privacy, name="privacy")


def main() -> None:
    """Entry point of the console script: run the command, print errors, set the exit code."""
    one_blas_thread()
    if not WITH_PANDAS.intersection(sys.argv[1:2]):
        leave_out_pandas()
    try:
        keep_private()
        app(prog_name="bluetick")
    except BluetickError as error:
        from settings.visible_text import visible

        print(visible(f"bluetick: {error}", keep="\n"), file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        from settings.logging import trace

        # Without its message, which may quote a row or a payload.
        print(f"bluetick: an unexpected error, please report it: {trace(error)}", file=sys.stderr)
        sys.exit(1)
