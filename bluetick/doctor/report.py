"""`bluetick doctor`: run every check and print the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import duckdb
import orjson
from rich.console import Console

from bluetick.doctor import catalog, lag
from bluetick.doctor.broker import broker
from bluetick.doctor.cluster import ClusterFacts, look
from bluetick.doctor.configuration import configuration
from bluetick.doctor.dead_letters import dead_letters
from bluetick.doctor.disk import disk
from bluetick.doctor.duplicates import duplicates
from bluetick.doctor.finding import Finding, Level, counted, problem, warning
from bluetick.doctor.kafka_security import kafka_security
from bluetick.doctor.offsets import offsets
from bluetick.doctor.partition_counts import accounts, live
from bluetick.doctor.permissions import permissions
from bluetick.doctor.registry import registry
from bluetick.doctor.rollups import sums
from bluetick.doctor.storage import storage
from bluetick.doctor.topics import topics
from bluetick.doctor.versions import versions
from bluetick.doctor.wal import wal
from bluetick.options import Settings
from bluetick.watermarks import BrokerSilent
from settings.visible_text import visible, visible_json
from warehouse.connection import Location
from warehouse.transaction import passing_cause, roll_back

STYLES: dict[Level, str] = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def examine(settings: Settings, *, patience: float = lag.PATIENCE_SECONDS) -> Iterator[Finding]:
    """Yield the findings of all checks. A part that is down is a finding; the others continue.

    If events wait, watches for up to `patience` seconds whether any land.
    """
    yield from configuration(settings)
    yield from permissions(settings)
    yield disk(settings.data_dir)
    yield from registry(settings.registry_url)
    location = Location.of(settings.data_dir)
    if files := storage(location):
        yield files
    journal = catalog.journal(location)
    if journal:
        yield journal
    if log := wal(location):
        yield log
    warehouse = catalog.opened(location)
    if isinstance(warehouse, Finding):
        yield warehouse
        yield from versions(None, embedded=settings.own_kafka is None)
        yield from _cluster(settings, None, patience)
        return
    with warehouse:
        try:
            yield from versions(warehouse, embedded=settings.own_kafka is None)
            yield from _cluster(settings, warehouse, patience)
            yield from _warehouse(warehouse)
        except duckdb.Error as error:
            roll_back(warehouse)
            cause = passing_cause(error) or type(error).__name__
            yield problem(
                catalog.CHECK,
                f"the warehouse could not be read to its end: {cause}",
                "check that all its files exist, then run this again",
            )


def _cluster(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection | None, patience: float
) -> Iterator[Finding]:
    """Findings about broker and topics, and about the lag if there is a warehouse."""
    try:
        cluster: ClusterFacts = look(settings.bootstrap)
        current = live(accounts(warehouse)) if warehouse else []
        yield broker(cluster, current)
        yield from kafka_security(settings.bootstrap, cluster.hosts)
        yield from topics(cluster, current)
        if warehouse:
            yield from lag.lag(warehouse, cluster, patience)
    except BrokerSilent as error:
        yield from kafka_security(settings.bootstrap)
        own = settings.own_kafka is not None
        yield problem(
            "broker",
            str(error),
            "check that it runs and that KAFKA_BOOTSTRAP_SERVERS is right"
            if own
            else "start `bluetick up`, or set KAFKA_BOOTSTRAP_SERVERS to your own Kafka",
        )
        yield warning(
            "topics",
            "topics and lag were not checked completely",
            "run this again when the broker answers",
        )


def _warehouse(warehouse: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Findings about the warehouse, all from one snapshot."""
    warehouse.execute("BEGIN")
    yield catalog.version(warehouse)
    yield from offsets(warehouse, accounts(warehouse))
    yield from duplicates(warehouse)
    yield sums(warehouse)
    yield from dead_letters(warehouse)
    warehouse.execute("COMMIT")


def report(findings: Iterable[Finding], form: str, console: Console, *, quiet: bool = False) -> int:
    """Print the findings as they come; `quiet`: only warnings and problems.

    Returns the exit code: 1 if there is a problem.
    """
    levels: Counter[Level] = Counter()
    for finding in findings:
        levels[finding.level] += 1
        if quiet and finding.level == "ok":
            continue
        if form == "json":
            print(_json(finding), flush=True)
        else:
            _print(finding, console)
    if form == "text" and not quiet:
        console.print(
            f"\n{counted(levels['problem'], 'problem')}, {counted(levels['warning'], 'warning')}, "
            f"{levels['ok']:,} ok"
        )
    return 1 if levels["problem"] else 0


def _json(finding: Finding) -> str:
    found = {
        "check": finding.check,
        "level": finding.level,
        "what": finding.what,
        "do": finding.advice,
    }
    return visible_json(orjson.dumps(found).decode())


def _print(finding: Finding, console: Console) -> None:
    console.print(f"{finding.level:8}", style=STYLES[finding.level], end="")
    console.print(f"{finding.check:14}{visible(finding.what)}", markup=False)
    if finding.advice:
        console.print(f"{'':22}do: {visible(finding.advice)}", markup=False)
