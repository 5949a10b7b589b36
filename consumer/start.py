"""Where to begin each partition: what the warehouse says, held against the broker."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import duckdb

from consumer.offsets import (
    Log,
    LogChanged,
    Move,
    advance,
    former_logs,
    open_partition,
    refuse_former,
    retire,
    start_position,
)
from consumer.transaction import transact

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user has said to go on with, though it looks wrong."""

    new_log: bool = False
    gap: bool = False


def begin(
    connection: duckdb.DuckDBPyConnection, log: Log, partition: int, low: int, consent: Consent
) -> int:
    """The offset to read first, where the broker's lowest is `low`.

    A partition never landed before begins there. Raises LogChanged where the topic was recreated,
    is on another cluster, or has lost records before they were landed, unless the user consented.
    Raises Busy where the warehouse cannot be written.
    """
    former = former_logs(connection, log)
    if former and not consent.new_log:
        refuse_former(log, former)
    position = start_position(connection, log, partition)
    if position is None:
        return _open(connection, log, partition, low, former)
    if position < low:
        return resume(connection, log, partition, low, consent)
    return position


def resume(
    connection: duckdb.DuckDBPyConnection, log: Log, partition: int, low: int, consent: Consent
) -> int:
    """The offset to go on from where the broker has none of the next one to land.

    Either retention was quicker than the consumer, or the log was cut short behind it. Raises
    LogChanged unless the user consented, and Busy.
    """
    position = start_position(connection, log, partition)
    assert position is not None  # only a landed partition can be out of range
    if position >= low:
        if not consent.new_log:
            raise LogChanged(
                f"{log.topic} partition {partition} ends before offset {position}, up to which it "
                "was landed: the log was cut short. To read it again from its beginning (what "
                "has landed is recognised and dropped): `bluetick land --accept-new-log`"
            )
        transact(connection, lambda: retire(connection, log, partition))
        return _open(connection, log, partition, low, [])
    if not consent.gap:
        raise LogChanged(
            f"{log.topic} partition {partition} begins at offset {low}, but the next to land is "
            f"{position}: {low - position} records were removed by retention before they were "
            "landed. The bodies may still be in whatsapp.raw (`bluetick replay raw`). "
            "To go on without them: `bluetick land --accept-gap`"
        )
    gap = Move(log, partition, position, low, skipped=low - position)
    transact(connection, lambda: advance(connection, [gap]))
    logger.warning("%s partition %d: skipped %d lost records", log.topic, partition, gap.skipped)
    return low


def _open(
    connection: duckdb.DuckDBPyConnection, log: Log, partition: int, low: int, former: list[Log]
) -> int:
    def work() -> None:
        for old in former:
            retire(connection, old)
        open_partition(connection, log, partition, low)

    transact(connection, work)
    for old in former:
        logger.warning("%s: left cluster %s, topic id %s", log.topic, old.cluster_id, old.topic_id)
    position = start_position(connection, log, partition)
    assert position is not None  # opened above, or by another consumer just before
    return position
