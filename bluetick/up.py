"""`bluetick up`: everything on this machine, waiting for webhooks."""

from __future__ import annotations

import duckdb
from rich.console import Console

from bluetick.claim import check_ports, claimed
from bluetick.settings import HOST, Settings
from bluetick.sources import DEMO, LOCAL, configured, sources_of
from bluetick.stack import Stack
from consumer.warehouse import Location, WarehouseError, connect
from producer.sources import Config, ConfigError
from schemas.topics import DEAD_LETTERS, LANDED

LOOPBACK = (HOST, "localhost", "::1")


def up(settings: Settings, console: Console) -> int:
    """Runs everything until Ctrl-C or SIGTERM. Returns the exit code."""
    config = sources_of(settings.config)
    check_host(settings)
    with claimed(settings.data_dir):
        check_ports(ports(settings))
        simulated = landed_sources(settings) & set(DEMO)
        if simulated:
            console.print(
                f"{settings.data_dir} also holds simulated events of a demo "
                f"({', '.join(sorted(simulated))}). Choose another --data-dir to start without."
            )
        with Stack(settings, console) as stack:
            stack.start()
            announce(stack, config, console)
            stack.watch()
    return 0


def check_host(settings: Settings) -> None:
    """Raises ConfigError where a network could post to the source that needs no secret."""
    if configured(settings.config) is None and settings.host not in LOOPBACK:
        raise ConfigError(
            f"there is no bluetick.toml, and the source `{LOCAL}`, which needs no secret, is only "
            "served to this machine: write bluetick.toml or leave --host out"
        )


def ports(settings: Settings) -> dict[str, int]:
    """The ports a start takes, by what they are for."""
    wanted = {"receiver": settings.receiver_port, "dashboard": settings.dashboard_port}
    return wanted if settings.own_kafka else wanted | {"broker": settings.broker_port}


def landed_sources(settings: Settings) -> set[str]:
    """The sources whose events are in the warehouse; none where there is no warehouse yet."""
    tables = [topic.table for topic in LANDED if topic is not DEAD_LETTERS]
    query = " UNION ".join(f"SELECT DISTINCT source FROM {table}" for table in tables)
    try:
        connection = connect(Location.under(settings.data_dir), read_only=True)
    except WarehouseError:
        return set()
    with connection:
        try:
            return {source for (source,) in connection.execute(query).fetchall()}
        except duckdb.CatalogException:  # its tables are not made yet
            return set()


def announce(stack: Stack, config: Config, console: Console) -> None:
    """Prints where everything is."""
    if stack.stopping.is_set():
        return
    settings = stack.settings
    console.print("\nBluetick is running. Ctrl-C ends it.\n", style="bold")
    console.print(f"  dashboard  {settings.dashboard_url}")
    for name, source in config.sources.items():
        console.print(f"  webhooks   {settings.receiver_url}/webhooks/{name}  ({source.auth})")
    console.print(f"  warehouse  {settings.data_dir}  (bluetick sql, while this runs)")
    console.print(f"  logs       {settings.data_dir / 'logs'}")
    if settings.own_kafka:
        console.print(f"  kafka      {settings.bootstrap}")
    else:
        console.print(f"  kafka      {settings.bootstrap}  (embedded)")
        console.print(
            "\nThe embedded broker keeps events that have not landed yet in memory only: "
            "they are lost if it is killed.\nSet KAFKA_BOOTSTRAP_SERVERS to use a Kafka "
            "of your own."
        )
    if configured(settings.config) is None:
        console.print(
            f"\nThere is no bluetick.toml, so the source `{LOCAL}` takes any webhook from this "
            "machine without a secret.\nWrite bluetick.toml to receive from a provider."
        )
    console.print()
