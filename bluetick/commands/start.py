"""Commands that run parts of Bluetick: demo, up, receive, land, dashboard, watch."""

from __future__ import annotations

from typing import Annotated, Literal

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
        int, typer.Option(help="Simulate this many messages for the past week.", min=0)
    ] = 12_000,
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


def land(
    data_dir: DataDirOption = shared.DATA_DIR,
    broker_port: BrokerPortOption = shared.BROKER_PORT,
    bootstrap: BootstrapOption = None,
    registry_url: RegistryOption = None,
    group: Annotated[
        str, typer.Option(envvar="BLUETICK_GROUP", help="Join this Kafka consumer group.")
    ] = "bluetick",
    group_protocol: Annotated[
        Literal["classic", "consumer", "static"],
        typer.Option(
            envvar="BLUETICK_GROUP_PROTOCOL",
            help="Use this group protocol. consumer needs Apache Kafka 4; static gives one "
            "consumer every partition.",
        ),
    ] = "classic",
    batch_rows: Annotated[
        int,
        typer.Option(
            envvar="BLUETICK_BATCH_ROWS", help="Commit a batch at this many records.", min=1
        ),
    ] = 50_000,
    batch_seconds: Annotated[
        float,
        typer.Option(
            envvar="BLUETICK_BATCH_SECONDS",
            help="Commit a batch after this many seconds.",
            min=0.01,
        ),
    ] = 1.0,
    session_timeout_ms: Annotated[
        int,
        typer.Option(
            envvar="BLUETICK_SESSION_TIMEOUT_MS",
            help="Give its partitions to another consumer after this many milliseconds without "
            "a heartbeat.",
            min=6_000,
        ),
    ] = 10_000,
    maintenance_seconds: Annotated[
        float,
        typer.Option(
            envvar="BLUETICK_MAINTENANCE_SECONDS",
            help="Compact files and expire snapshots every this many seconds.",
            min=1,
        ),
    ] = 300.0,
    keep_snapshots_seconds: Annotated[
        float,
        typer.Option(
            envvar="BLUETICK_KEEP_SNAPSHOTS_SECONDS",
            help="Keep each snapshot for this many seconds. No query may take longer.",
            min=1,
        ),
    ] = 3600.0,
    keep_statuses_days: Annotated[
        int | None,
        typer.Option(
            envvar="BLUETICK_KEEP_STATUSES_DAYS",
            help="Remove statuses older than this many days (unset: never).",
            min=35,
        ),
    ] = None,
    keep_messages_days: Annotated[
        int | None,
        typer.Option(
            envvar="BLUETICK_KEEP_MESSAGES_DAYS",
            help="Remove inbound messages older than this many days (unset: never).",
            min=8,
        ),
    ] = None,
    keep_errors_days: Annotated[
        int | None,
        typer.Option(
            envvar="BLUETICK_KEEP_ERRORS_DAYS",
            help="Remove errors older than this many days (unset: never).",
            min=8,
        ),
    ] = None,
    keep_account_events_days: Annotated[
        int | None,
        typer.Option(
            envvar="BLUETICK_KEEP_ACCOUNT_EVENTS_DAYS",
            help="Remove account events older than this many days (unset: never).",
            min=8,
        ),
    ] = None,
    keep_sends_days: Annotated[
        int | None,
        typer.Option(
            envvar="BLUETICK_KEEP_SENDS_DAYS",
            help="Remove what the sender said that is older than this many days (unset: never).",
            min=8,
        ),
    ] = None,
    keep_dead_letters_days: Annotated[
        int | None,
        typer.Option(
            envvar="BLUETICK_KEEP_DEAD_LETTERS_DAYS",
            help="Remove dead letters older than this many days (unset: never).",
            min=8,
        ),
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            envvar="BLUETICK_CONSUMER_METRICS_PORT",
            help="Serve Prometheus metrics on this port.",
            max=65_535,
        ),
    ] = None,
    host: HostOption = shared.HOST,
    callback_campaign: Annotated[
        str | None,
        typer.Option(
            envvar="BLUETICK_CALLBACK_CAMPAIGN",
            help="Take the campaign from callback_data by this regular expression: its first "
            "group, or what it matches. Without it, take what looks like a name.",
        ),
    ] = None,
    most_campaigns: Annotated[
        int,
        typer.Option(
            envvar="BLUETICK_MOST_CAMPAIGNS",
            help="Know this many templates by name, and as many campaigns of callback_data.",
            min=0,
        ),
    ] = 5_000,
    accept_new_log: Annotated[
        bool,
        typer.Option(
            "--accept-new-log", help="Continue with a recreated topic or another cluster."
        ),
    ] = False,
    accept_gap: Annotated[
        bool,
        typer.Option(
            "--accept-gap", help="Continue after records were deleted before they were read."
        ),
    ] = False,
    accept_poison: Annotated[
        bool,
        typer.Option("--accept-poison", help="Continue although almost no record can be decoded."),
    ] = False,
) -> None:
    """Run only the consumer, which writes each event from Kafka once to the warehouse."""
    from consumer.main import run
    from consumer.settings import ConsumerSettings
    from settings.logging import configure_logging
    from warehouse.campaigns import CampaignRule
    from warehouse.connection import Location
    from warehouse.maintenance import Schedule
    from warehouse.retention import Retention

    configure_logging()
    settings = Settings(broker_port=broker_port, own_kafka=bootstrap or None)
    consumer = ConsumerSettings(
        bootstrap=settings.bootstrap,
        location=Location.of(data_dir),
        registry_url=registry_url or None,
        group=group,
        group_protocol=group_protocol,
        session_timeout_ms=session_timeout_ms,
        batch_rows=batch_rows,
        batch_seconds=batch_seconds,
        accept_new_log=accept_new_log,
        accept_gap=accept_gap,
        accept_poison=accept_poison,
        metrics_host=host,
        metrics_port=metrics_port,
        schedule=Schedule(
            maintenance_seconds,
            keep_snapshots_seconds,
            Retention(
                statuses=keep_statuses_days,
                messages=keep_messages_days,
                errors=keep_errors_days,
                account_events=keep_account_events_days,
                sends=keep_sends_days,
                dead_letters=keep_dead_letters_days,
            ),
        ),
        campaign_rule=CampaignRule(callback_campaign, most_campaigns),
    )
    raise typer.Exit(run(consumer))


def dashboard(
    data_dir: DataDirOption = shared.DATA_DIR,
    dashboard_port: DashboardPortOption = shared.DASHBOARD_PORT,
    host: HostOption = shared.HOST,
) -> None:
    """Run only the dashboard, which reads the warehouse."""
    from dashboards.server import serve
    from settings.lake import lake

    lake()  # a wrong setting ends the command, not each page
    raise typer.Exit(serve(data_dir, host=host, port=dashboard_port))


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
