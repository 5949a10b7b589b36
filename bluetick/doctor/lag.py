"""Check how many records wait in Kafka, whether they land, and whether any are lost."""

from __future__ import annotations

import time
from collections.abc import Iterator

import duckdb

from bluetick.doctor.cluster import ClusterFacts
from bluetick.doctor.finding import Finding, counted, ok, problem, warning
from bluetick.doctor.partition_counts import Account, accounts, live
from bluetick.watermarks import Extent, extents
from schemas.topics import LANDED
from warehouse.offsets import Log

CHECK = "lag"
# A busy consumer lands at least once in this time.
PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.5
# Two full batches. With fewer records waiting, the consumer keeps up.
MANY = 100_000

Place = tuple[str, int]


def lag(
    connection: duckdb.DuckDBPyConnection, cluster: ClusterFacts, patience: float = PATIENCE_SECONDS
) -> Iterator[Finding]:
    """The lag of each landed topic that exists and has not been recreated.

    If records wait, watches for up to `patience` seconds whether any land. Raises BrokerSilent.
    """
    logs = {facts.log for facts in cluster.topics.values()}
    changed = {account.log.topic for account in live(accounts(connection))} - {
        account.log.topic for account in _current(connection, logs)
    }
    names = [topic.name for topic in LANDED if topic.name in cluster.topics.keys() - changed]
    # Offsets before ends: what lands in between can only make the lag smaller.
    before = _next(connection, logs)
    found = extents(cluster.bootstrap, names)
    waiting = {place: extent.end - before.get(place, extent.low) for place, extent in found.items()}
    moved = _moved(connection, logs, before, waiting, patience)
    for name in names:
        mine = {place: extent for place, extent in found.items() if place[0] == name}
        yield from _of_topic(name, mine, before, moved)


def _of_topic(
    name: str, found: dict[Place, Extent], before: dict[Place, int], moved: bool
) -> Iterator[Finding]:
    waiting = lost = short = 0
    for place, extent in found.items():
        position = before.get(place, extent.low)
        lost += max(0, extent.low - position)
        short += max(0, position - extent.end)
        waiting += max(0, extent.end - max(position, extent.low))
    if lost:
        yield problem(
            CHECK,
            f"{name}: {counted(lost, 'record')} removed by retention before landing",
            "`bluetick replay raw`, then continue with `bluetick land --accept-gap`",
        )
    if short:
        yield problem(
            CHECK,
            f"{name} ends {counted(short, 'record')} before what has landed: it was cut short",
            "read it again from its beginning: `bluetick land --accept-new-log`",
        )
    if waiting and not moved:
        yield problem(
            CHECK,
            f"{name}: {counted(waiting, 'record')} waiting and nothing lands",
            "start `bluetick land` (or `bluetick up`), or see in its log what stops it",
        )
    elif waiting > MANY:
        yield warning(
            CHECK,
            f"{name}: {counted(waiting, 'record')} waiting",
            "the consumer is catching up; if this stays, start a second `bluetick land`",
        )
    elif not lost and not short:
        yield ok(CHECK, f"{name}: {counted(waiting, 'record')} waiting")


def _moved(
    connection: duckdb.DuckDBPyConnection,
    logs: set[Log],
    before: dict[Place, int],
    waiting: dict[Place, int],
    patience: float,
) -> bool:
    """Whether anything has landed since `before`; True if nothing waits."""
    deadline = time.monotonic() + patience
    while any(number > 0 for number in waiting.values()):
        if _next(connection, logs) != before:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _current(connection: duckdb.DuckDBPyConnection, logs: set[Log]) -> list[Account]:
    return [account for account in live(accounts(connection)) if account.log in logs]


def _next(connection: duckdb.DuckDBPyConnection, logs: set[Log]) -> dict[Place, int]:
    """The next offset to land of each partition of these logs."""
    return {
        (account.log.topic, account.partition): account.next
        for account in _current(connection, logs)
    }
