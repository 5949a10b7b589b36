"""Commands that run parts of Bluetick: demo, up, receive, registry, dashboard, watch."""

from __future__ import annotations

from typing import Annotated

import typer

from bluetick import options as shared
from bluetick.commands import console
from bluetick.options import (
    AdminHostOption,
    AdminPortOption,
    BootstrapOption,
    BrokerMemoryOption,
    BrokerPortOption,
    ConfigOption,
    DashboardPortOption,
    DataDirOption,
    DurableOption,
    HostOption,
    ReceiverPortOption,
    RegistryOption,
    Settings,
)


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(
            help="Stop after this many seconds and report whether every event landed once.", min=1
        ),
    ] = None,
    weekly: Annotated[
        int, typer.Option(help="Simulate this many messages a week, past and live.", min=0)
    ] = 40_000,
    seed: Annotated[
        int,
        typer.Option(
            help="Generate the past week from this seed; the same seed gives the same week."
        ),
    ] = 1,
    data_dir: DataDirOption = shared.DATA_DIR,
    receiver_port: ReceiverPortOption = shared.RECEIVER_PORT,
    admin_port: AdminPortOption = shared.ADMIN_PORT,
    dashboard_port: DashboardPortOption = shared.DASHBOARD_PORT,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    broker_memory_mb: BrokerMemoryOption = shared.BROKER_MEMORY_MB,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Run everything on this machine with simulated traffic and a simulated past week."""
    from bluetick.local.demo import demo as run

    settings = Settings(
        data_dir=data_dir,
        receiver_port=receiver_port,
        admin_port=admin_port,
        dashboard_port=dashboard_port,
        broker_port=broker_port,
        broker_memory_mb=broker_memory_mb,
        own_kafka=bootstrap or None,
        registry_url=registry_url or None,
    )
    raise typer.Exit(run(settings, console(), seconds=seconds, weekly=weekly, seed=seed))


def up(
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
    receiver_port: ReceiverPortOption = shared.RECEIVER_PORT,
    admin_port: AdminPortOption = shared.ADMIN_PORT,
    dashboard_port: DashboardPortOption = shared.DASHBOARD_PORT,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    broker_memory_mb: BrokerMemoryOption = shared.BROKER_MEMORY_MB,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
    host: HostOption = shared.HOST,
    durable: DurableOption = True,
) -> None:
    """Run everything on this machine and wait for webhooks."""
    from bluetick.local.up import up as run

    settings = Settings(
        config=config,
        data_dir=data_dir,
        receiver_port=receiver_port,
        admin_port=admin_port,
        dashboard_port=dashboard_port,
        broker_port=broker_port,
        broker_memory_mb=broker_memory_mb,
        own_kafka=bootstrap or None,
        registry_url=registry_url or None,
        host=host,
        durable=durable,
    )
    raise typer.Exit(run(settings, console()))


def receive(
    config: ConfigOption = None,
    receiver_port: ReceiverPortOption = shared.RECEIVER_PORT,
    admin_port: AdminPortOption = shared.ADMIN_PORT,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
    host: HostOption = shared.HOST,
    admin_host: AdminHostOption = shared.HOST,
    workers: Annotated[
        int,
        typer.Option(
            envvar="BLUETICK_RECEIVER_WORKERS",
            help="Receive in this many processes, one a core. Worker 2 has the next admin port, "
            "and so on.",
            min=1,
            max=64,
        ),
    ] = 1,
) -> None:
    """Run only the receiver, which publishes the events of webhooks to Kafka."""
    from bluetick.local.receiver_workers import serve_workers
    from bluetick.local.sources import sources_of
    from bluetick.local.up import check_host
    from producer.http.listeners import listen_on_both
    from producer.http.server import serve

    settings = Settings(
        config=config, broker_port=broker_port, own_kafka=bootstrap or None, host=host
    )
    sources = sources_of(config)
    check_host(settings, sources)
    registry = registry_url or None
    if workers == 1:
        listeners = listen_on_both(host, receiver_port, admin_host, admin_port)
        code = serve(sources, listeners, bootstrap=settings.bootstrap, registry_url=registry)
    else:
        code = serve_workers(
            workers,
            sources,
            host=host,
            port=receiver_port,
            admin_host=admin_host,
            admin_port=admin_port,
            bootstrap=settings.bootstrap,
            registry_url=registry,
        )
    raise typer.Exit(code)


def registry(
    host: HostOption = shared.HOST,
    registry_port: Annotated[
        int,
        typer.Option(
            envvar="BLUETICK_REGISTRY_PORT",
            help="Serve the schemas on this port (`bluetick registry` only).",
            min=1,
            max=65_535,
        ),
    ] = 8_081,
) -> None:
    """Run only the schema registry of the receiver's admin port, for consumers of yours."""
    from producer.http.listeners import listen
    from producer.http.registry_server import serve_registry

    raise typer.Exit(serve_registry(listen(host, registry_port, "registry")))


def dashboard(
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
    dashboard_port: DashboardPortOption = shared.DASHBOARD_PORT,
    host: HostOption = shared.HOST,
) -> None:
    """Run only the dashboard, which reads the warehouse."""
    from bluetick.local.sources import configured
    from dashboards.server import serve
    from settings.lake import lake

    lake()  # a wrong setting ends the command, not each page
    raise typer.Exit(serve(data_dir, host=host, port=dashboard_port, config=configured(config)))


def watch(
    config: ConfigOption = None,
    data_dir: DataDirOption = shared.DATA_DIR,
    every: Annotated[
        float,
        typer.Option(
            "--every",
            envvar="BLUETICK_WATCH_SECONDS",
            help="Evaluate the alerts every this many seconds.",
            min=1,
        ),
    ] = 60.0,
    once: Annotated[
        bool,
        typer.Option(
            "--once",
            help="Evaluate the alerts once, send, and exit with 1 if a message is left.",
        ),
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Only send a test message to each destination.")
    ] = False,
) -> None:
    """Run only the watcher, which sends alerts about what it reads in the warehouse."""
    from bluetick.alerts.watch import send_test, watch_once
    from bluetick.alerts.watch import watch as run
    from bluetick.local.sources import configured
    from settings.alerts import load_alerting
    from settings.logging import configure_logging
    from warehouse.connection import Location

    configure_logging()
    alerting = load_alerting(configured(config))
    if test:
        raise typer.Exit(send_test(alerting))
    location = Location.of(data_dir)
    if once:
        raise typer.Exit(watch_once(alerting, location, data_dir))
    raise typer.Exit(run(alerting, location, data_dir, every))
