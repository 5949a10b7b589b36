"""Finds the one record that keeps a batch from landing, and sets it apart as a dead letter."""

from __future__ import annotations

import duckdb

from consumer.batch_buffer import Buffer, Part
from consumer.decode import Poison
from consumer.poison_guard import PoisonFlood
from consumer.topic_ids import BrokerUnavailable
from consumer.writer import Batch
from schemas.registry import RegistryUnavailable
from warehouse.offsets import Fenced, LogChanged
from warehouse.transaction import Busy

REASON = "unlandable"

# What says nothing about the records: the warehouse, the broker or the machine is at fault.
NOT_ABOUT_RECORDS = (
    Busy,
    BrokerUnavailable,
    RegistryUnavailable,
    Fenced,
    LogChanged,
    PoisonFlood,
    OSError,
    duckdb.OperationalError,
    duckdb.CatalogException,
    duckdb.PermissionException,
    duckdb.InterruptException,
)


def splits(error: Exception) -> bool:
    """Whether fewer records may land though these did not.

    One of them may break a statement, whichever it is, or they need too much memory together.
    """
    return isinstance(error, duckdb.OutOfMemoryException) or not isinstance(
        error, NOT_ABOUT_RECORDS
    )


def breaks_connection(error: Exception) -> bool:
    """Whether the connection is of no use after this."""
    return isinstance(error, duckdb.FatalException | duckdb.InternalException)


class Portions:
    """How many records to land at once.

    All there are, until some cannot land: then half as many, until the one at fault stands alone,
    and from there twice as many each time. So one bad record of n costs about 2 log2(n)
    transactions, and many bad ones side by side about three each.
    """

    def __init__(self) -> None:
        self._most: int | None = None

    def of(self, buffer: Buffer) -> Part | None:
        """The next records to land; None where there are none."""
        return buffer.part(self._most)

    def refused(self, part: Part) -> None:
        """These together cannot land."""
        self._most = max(1, len(part.records) // 2)

    def landed(self, left: int) -> None:
        """The last part has landed, and `left` records of the buffer have not."""
        if self._most is not None:
            self._most = self._most * 2 if left else None


def set_apart(part: Part, error: Exception) -> Batch:
    """The part's only record as a dead letter. It names the kind of error, and no data."""
    (record,) = part.records
    poison = Poison(record, REASON, f"the warehouse refuses it: {type(error).__name__}")
    return Batch(tuple(part.spans), {}, (poison,))
