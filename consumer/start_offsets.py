"""The start offset of each partition: the warehouse's offset, checked against the broker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from warehouse.offsets import (
    Log,
    LogChanged,
    Move,
    advance,
    live_positions,
    open_partitions,
    refuse_former,
    retire,
)
from warehouse.transaction import transact

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user accepts with `--accept-new-log` and `--accept-gap`."""

    new_log: bool = False
    gap: bool = False


def begin(
    connection: duckdb.DuckDBPyConnection, lows: Mapping[tuple[Log, int], int], consent: Consent
) -> dict[tuple[Log, int], int]:
    """The first offset to read of each partition. `lows` are the lowest offsets in the broker.

    A partition that is new to the warehouse starts at its lowest offset. Raises LogChanged, unless
    the user consented, if the topic was recreated, is on another cluster, or has lost records
    before they landed. Raises Busy if the warehouse cannot be written.
    """
    known = live_positions(connection)
    former: set[Log] = set()
    for log in {log for log, _ in lows}:
        others = {old for old, _ in known if old.topic == log.topic and old != log}
        if others and not consent.new_log:
            refuse_former(log, sorted(others, key=str))
        former |= others
    fresh = {place: low for place, low in lows.items() if place not in known}
    grown = {log for log, _ in known}
    for log, partition in fresh:
        if log in grown:
            logger.info("%s has grown: partition %d is new", log.topic, partition)
        if low := lows[log, partition]:
            logger.warning(
                "%s partition %d begins at offset %d: earlier records were removed before a "
                "consumer read them",
                log.topic,
                partition,
                low,
            )
    if fresh or former:
        transact(connection, lambda: _open(connection, fresh, former))
        known = live_positions(connection)
    positions = {}
    for place, low in lows.items():
        behind = known[place] < low
        positions[place] = resume(connection, *place, low, consent) if behind else known[place]
    return positions


def resume(
    connection: duckdb.DuckDBPyConnection, log: Log, partition: int, low: int, consent: Consent
) -> int:
    """The offset to continue from if the broker does not have the next record to land.

    Either retention has removed it (`low` is above it), or the log was cut short before it.
    Raises LogChanged unless the user consented, and Busy.
    """
    position = live_positions(connection)[log, partition]
    if position >= low:
        if not consent.new_log:
            raise LogChanged(
                f"{log.topic} partition {partition} ends before offset {position}, up to which it "
                "has landed: the log was cut short. To read it again from its beginning (events "
                "that have landed are recognised and dropped): `bluetick land --accept-new-log`"
            )
        transact(connection, lambda: _reopen(connection, log, partition, low))
        return low
    if not consent.gap:
        raise LogChanged(
            f"{log.topic} partition {partition} begins at offset {low}, but the next offset to "
            f"land is {position}: retention removed {low - position} records before they landed. "
            "Their bodies may still be in whatsapp.raw (`bluetick replay raw`). "
            "To continue without these records: `bluetick land --accept-gap`"
        )
    gap = Move(log, partition, position, low, skipped=low - position)
    transact(connection, lambda: advance(connection, [gap]))
    logger.warning("%s partition %d: skipped %d lost records", log.topic, partition, gap.skipped)
    return low


def _open(
    connection: duckdb.DuckDBPyConnection, firsts: Mapping[tuple[Log, int], int], former: set[Log]
) -> None:
    for old in former:
        retire(connection, old)
        logger.warning("%s: retired cluster %s, id %s", old.topic, old.cluster_id, old.topic_id)
    open_partitions(connection, firsts)


def _reopen(connection: duckdb.DuckDBPyConnection, log: Log, partition: int, first: int) -> None:
    retire(connection, log, partition)
    open_partitions(connection, {(log, partition): first})
