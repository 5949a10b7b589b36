"""`bluetick up`: everything on this machine, waiting for webhooks."""

from __future__ import annotations

from rich.console import Console

from bluetick.local.data_dir_lock import check_ports, claimed
from bluetick.local.sources import DEMO, LOCAL, configured, sources_of
from bluetick.local.stack import Stack
from bluetick.local.warehouse_origin import check_embedded, landed_sources
from bluetick.options import HOST, Settings
from settings.alerts import load_alerting
from settings.errors import ConfigError
from settings.sources import Config
from settings.weak_sources import open_sources
from warehouse.connection import Location

KEPT = (
    "What is answered with 200 is also kept in files until it has landed: it lands even if any or "
    "all of these processes are killed.\nIf the machine fails, its last seconds may be lost."
)
IN_MEMORY = (
    "The embedded broker keeps events that have not landed yet in memory only: they are lost if it "
    "is killed."
)
LOOPBACK = (HOST, "localhost", "::1")


def up(settings: Settings, console: Console) -> int:
    """Run everything until Ctrl-C or SIGTERM. Returns the exit code."""
    config = sources_of(settings.config)
    check_host(settings, config)
    alerting = load_alerting(configured(settings.config))
    with claimed(settings.data_dir):
        check_start(settings)
        simulated = landed_sources(Location.of(settings.data_dir)) & set(DEMO)
        if simulated:
            console.print(
                f"{settings.data_dir} also holds simulated events of a demo "
                f"({', '.join(sorted(simulated))}). Choose another --data-dir to start without."
            )
        with Stack(settings, console) as stack:
            stack.start()
            if alerting.destinations and not stack.stopping.is_set():
                stack.send_alerts()
            announce(stack, config, console)
            stack.watch()
    return 0


def check_host(settings: Settings, config: Config) -> None:
    """Raise ConfigError if a network could post to a source that needs no secret."""
    if settings.host in LOOPBACK:
        return
    if configured(settings.config) is None:
        raise ConfigError(
            f"there is no bluetick.toml, and the source `{LOCAL}`, which needs no secret, is only "
            "for this machine: write bluetick.toml or omit --host"
        )
    if names := open_sources(config):
        raise ConfigError(
            f"anybody who reaches {settings.host} could post to {', '.join(names)}, which "
            'has auth = "none": choose another auth, list networks in allow, set '
            "allow_strangers = true if that is meant, or omit --host"
        )


def check_start(settings: Settings) -> None:
    """Raise Taken or OtherKafka if not everything can start."""
    ports = {
        "receiver": settings.receiver_port,
        "admin": settings.admin_port,
        "dashboard": settings.dashboard_port,
    }
    if settings.own_kafka is None:
        ports["broker"] = settings.broker_port
        check_embedded(Location.of(settings.data_dir))
    check_ports(ports)


def announce(stack: Stack, config: Config, console: Console) -> None:
    """Print the addresses and folders."""
    if stack.stopping.is_set():
        return
    settings = stack.settings
    console.print("\nBluetick is running. Ctrl-C stops it.\n", style="bold")
    console.print(f"  dashboard  {settings.dashboard_url}")
    for name, source in config.sources.items():
        console.print(f"  webhooks   {settings.receiver_url}/webhooks/{name}  ({source.auth})")
    console.print(f"  admin      {settings.admin_url}/metrics")
    console.print(f"  warehouse  {settings.data_dir}  (bluetick sql, while this runs)")
    console.print(f"  logs       {settings.data_dir / 'logs'}")
    if settings.own_kafka:
        console.print(f"  kafka      {settings.bootstrap}")
    else:
        console.print(f"  kafka      {settings.bootstrap}  (embedded)")
        held = KEPT if settings.durable else IN_MEMORY
        console.print(f"\n{held}\nSet KAFKA_BOOTSTRAP_SERVERS to use your own Kafka.")
    if configured(settings.config) is None:
        console.print(
            f"\nThere is no bluetick.toml, so the source `{LOCAL}` accepts any webhook from this "
            "machine without a secret.\nWrite bluetick.toml to receive from a provider."
        )
    console.print()
