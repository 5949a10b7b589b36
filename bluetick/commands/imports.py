"""The command that imports what was kept elsewhere: import."""

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
    RegistryOption,
    Settings,
)

if TYPE_CHECKING:
    from bluetick.imports.sends import Target

imports = typer.Typer(
    help="Import what other systems know about messages and templates.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SourceOption = Annotated[
    str, typer.Option(help="Give the rows this source, which need not be configured.")
]


@imports.callback()
def _imports() -> None:
    """Import what other systems know about messages and templates."""


@imports.command()
def sends(
    file: Annotated[Path, typer.Argument(help="Read this CSV file. It needs a column message_id.")],
    source: SourceOption = "import",
    config: ConfigOption = None,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Import messages that were sent: template, campaign, cost centre. No row lands twice."""
    from bluetick.imports.sends import import_sends

    target = _target(source, config, broker_port, bootstrap, registry_url)
    count = import_sends(file, target, console(stderr=True))
    typer.echo(f"published {count:,} sends")


@imports.command()
def templates(
    account: Annotated[
        str, typer.Argument(help="Ask for the templates of this WhatsApp Business Account (id).")
    ],
    token: Annotated[
        str | None,
        typer.Option(
            envvar="BLUETICK_GRAPH_TOKEN",
            show_default=False,
            help="Ask with this token of the Graph API; better set it in the environment.",
        ),
    ] = None,
    graph_url: Annotated[
        str, typer.Option(envvar="BLUETICK_GRAPH_URL", help="Ask the Graph API at this address.")
    ] = "https://graph.facebook.com",
    source: SourceOption = "import",
    config: ConfigOption = None,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Import names, languages and states of templates from the Graph API, as they are now."""
    from bluetick.imports.graph_api import Graph
    from bluetick.imports.templates import import_templates

    if not token:
        raise typer.BadParameter("set BLUETICK_GRAPH_TOKEN to a token of the Graph API")
    target = _target(source, config, broker_port, bootstrap, registry_url)
    count = import_templates(account, Graph(token, graph_url), target)
    typer.echo(f"published {count:,} templates")


def _target(
    source: str,
    config: Path | None,
    broker_port: int,
    bootstrap: str | None,
    registry_url: str | None,
) -> Target:
    from bluetick.imports.sends import Target

    settings = Settings(broker_port=broker_port, own_kafka=bootstrap or None)
    return Target(settings.bootstrap, registry_url or None, source, config)
