"""The start offset of each partition: the warehouse's offset, checked against the broker."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

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


Lows = Mapping[tuple[Log, int], int]


@dataclass(frozen=True, slots=True)
class Opening:
    """What must change in the warehouse before partitions are read.

    `fresh` are the first offsets of partitions it does not know, `former` are logs to retire.
    """

    fresh: Lows
    former: set[Log]


class Offsets(Protocol):
    """The offsets in the warehouse."""

    def live(self) -> Mapping[tuple[Log, int], int]:
        """The next offset to land of each partition."""

    def open(self, opening: Opening) -> None:
        """Opens and retires, in one transaction. Raises Busy."""

    def resume(self, log: Log, partition: int, low: int, consent: Consent) -> int:
        """The offset to continue from; see `resume`."""


def begin(
    connection: duckdb.DuckDBPyConnection, lows: Lows, consent: Consent
) -> dict[tuple[Log, int], int]:
    """The first offset to read of each partition. `lows` are the lowest offsets in the broker.

    A partition that is new to the warehouse starts at its lowest offset. Raises LogChanged, unless
    the user consented, if the topic was recreated, is on another cluster, or has lost records
    before they landed. Raises Busy if the warehouse cannot be written.
    """
    return starts(_Warehouse(connection), lows, consent)


def starts(offsets: Offsets, lows: Lows, consent: Consent) -> dict[tuple[Log, int], int]:
    """As `begin`, with any warehouse."""
    known = offsets.live()
    opening = choose(known, lows, consent)
    if opening.fresh or opening.former:
        offsets.open(opening)
        known = offsets.live()
    return {
        place: offsets.resume(*place, low, consent) if known[place] < low else known[place]
        for place, low in lows.items()
    }


def choose(known: Iterable[tuple[Log, int]], lows: Lows, consent: Consent) -> Opening:
    """What to open and to retire, if the warehouse knows these partitions. Raises LogChanged."""
    known = set(known)
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
    return Opening(fresh, former)


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


@dataclass(frozen=True, slots=True)
class _Warehouse:
    connection: duckdb.DuckDBPyConnection

    def live(self) -> Mapping[tuple[Log, int], int]:
        return live_positions(self.connection)

    def open(self, opening: Opening) -> None:
        transact(self.connection, lambda: _open(self.connection, opening))

    def resume(self, log: Log, partition: int, low: int, consent: Consent) -> int:
        return resume(self.connection, log, partition, low, consent)


def _open(connection: duckdb.DuckDBPyConnection, opening: Opening) -> None:
    for old in opening.former:
        retire(connection, old)
        logger.warning("%s: retired cluster %s, id %s", old.topic, old.cluster_id, old.topic_id)
    open_partitions(connection, opening.fresh)


def _reopen(connection: duckdb.DuckDBPyConnection, log: Log, partition: int, first: int) -> None:
    retire(connection, log, partition)
    open_partitions(connection, {(log, partition): first})
