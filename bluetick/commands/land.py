"""The command that runs the consumer: land."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bluetick import options as shared
from bluetick.options import (
    BootstrapOption,
    BrokerPortOption,
    DataDirOption,
    HostOption,
    RegistryOption,
    Settings,
)


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
    rates: Annotated[
        Path | None,
        typer.Option(
            envvar="BLUETICK_RATES",
            help="Read the prices of messages from this CSV file. Without it, the prices in the "
            "warehouse stay.",
        ),
    ] = None,
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
        rates=rates,
    )
    raise typer.Exit(run(consumer))
