"""Options that several commands share, each also an environment variable."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from settings.journal import JOURNAL_DIR
from settings.kafka import client_config, compression_config
from settings.lake import lake

HOST = "127.0.0.1"
DATA_DIR = Path("data")
RECEIVER_PORT = 8000
ADMIN_PORT = 8002
DASHBOARD_PORT = 8501
BROKER_PORT = 9092
BROKER_MEMORY_MB = 512

_PORTS = {"min": 1, "max": 65_535}

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="BLUETICK_CONFIG",
        help="Read the webhook sources from this TOML file. [default: bluetick.toml if it exists]",
        dir_okay=False,
    ),
]
DataDirOption = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="BLUETICK_DATA_DIR",
        help="Keep the warehouse, logs and state in this folder.",
        file_okay=False,
    ),
]
ReceiverPortOption = Annotated[
    int,
    typer.Option(
        "--receiver-port",
        envvar="BLUETICK_RECEIVER_PORT",
        help="Receive webhooks on this port.",
        **_PORTS,
    ),
]
AdminPortOption = Annotated[
    int,
    typer.Option(
        "--admin-port",
        envvar="BLUETICK_ADMIN_PORT",
        help="Serve the receiver's metrics and the schemas on this port.",
        **_PORTS,
    ),
]
AdminHostOption = Annotated[
    str,
    typer.Option(
        "--admin-host",
        envvar="BLUETICK_ADMIN_HOST",
        help="Serve the admin port on this address. Strangers must not reach it.",
    ),
]
DashboardPortOption = Annotated[
    int,
    typer.Option(
        "--dashboard-port",
        envvar="BLUETICK_DASHBOARD_PORT",
        help="Serve the dashboard on this port.",
        **_PORTS,
    ),
]
BrokerPortOption = Annotated[
    int,
    typer.Option(
        "--broker-port",
        envvar="BLUETICK_BROKER_PORT",
        help="Run the embedded broker on this port.",
        **_PORTS,
    ),
]
BrokerMemoryOption = Annotated[
    int,
    typer.Option(
        "--broker-memory-mb",
        envvar="BLUETICK_BROKER_MEMORY_MB",
        help="Replace the embedded broker by an empty one once it uses this much memory (MB).",
        min=64,
    ),
]
DurableOption = Annotated[
    bool,
    typer.Option(
        "--durable/--in-memory",
        envvar="BLUETICK_DURABLE",
        help="Keep what the embedded broker has accepted in files until it has landed.",
    ),
]
BootstrapOption = Annotated[
    str | None,
    typer.Option(
        "--bootstrap-servers",
        envvar="KAFKA_BOOTSTRAP_SERVERS",
        help="Use the Kafka at these addresses (host:port) instead of the embedded broker.",
    ),
]
RegistryOption = Annotated[
    str | None,
    typer.Option(
        "--registry-url",
        envvar="SCHEMA_REGISTRY_URL",
        help="Use the schema registry at this URL instead of ids derived from the schemas.",
    ),
]
HostOption = Annotated[
    str, typer.Option("--host", envvar="BLUETICK_HOST", help="Listen on this address.")
]


@dataclass(frozen=True, slots=True)
class Settings:
    """Values of the shared options. An empty environment variable counts as not set."""

    config: Path | None = None
    data_dir: Path = DATA_DIR
    receiver_port: int = RECEIVER_PORT
    admin_port: int = ADMIN_PORT
    dashboard_port: int = DASHBOARD_PORT
    broker_port: int = BROKER_PORT
    broker_memory_mb: int = BROKER_MEMORY_MB
    own_kafka: str | None = None
    registry_url: str | None = None
    host: str = HOST
    durable: bool = False

    def __post_init__(self) -> None:
        """Check the environment now, not later in a child process.

        Raises KafkaSettingError and LakeSettingError.
        """
        client_config(self.bootstrap)
        compression_config()
        lake()

    @property
    def bootstrap(self) -> str:
        """Bootstrap servers: the user's own Kafka, or else the embedded broker."""
        return self.own_kafka or f"{HOST}:{self.broker_port}"

    @property
    def receiver_url(self) -> str:
        return f"http://{HOST}:{self.receiver_port}"

    @property
    def admin_url(self) -> str:
        return f"http://{HOST}:{self.admin_port}"

    @property
    def dashboard_url(self) -> str:
        return f"http://{HOST}:{self.dashboard_port}"

    @property
    def journal(self) -> Path:
        """The folder of what is accepted, until it has landed."""
        return self.data_dir.resolve() / "journal"

    def environment(self) -> dict[str, str]:
        """Environment variables that give a child process the same settings."""
        own = {
            "BLUETICK_DATA_DIR": str(self.data_dir.resolve()),
            "BLUETICK_RECEIVER_PORT": str(self.receiver_port),
            "BLUETICK_ADMIN_PORT": str(self.admin_port),
            "BLUETICK_DASHBOARD_PORT": str(self.dashboard_port),
            "BLUETICK_BROKER_PORT": str(self.broker_port),
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
        }
        if self.durable and not self.own_kafka:
            own[JOURNAL_DIR] = str(self.journal)
        if self.registry_url:
            own["SCHEMA_REGISTRY_URL"] = self.registry_url
        if self.config:
            own["BLUETICK_CONFIG"] = str(self.config.resolve())
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ("BLUETICK_CONFIG", "BLUETICK_HOST", JOURNAL_DIR)
        }
        return inherited | own
