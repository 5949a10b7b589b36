"""Finds the one record that stops a batch, and makes it a dead letter."""

from __future__ import annotations

import duckdb

from consumer.batch_buffer import BatchPart, Buffer
from consumer.decode import Poison
from consumer.poison_guard import PoisonFlood
from consumer.topic_ids import BrokerUnavailable
from consumer.writer import Batch
from schemas.registry_errors import RegistryUnavailable
from warehouse.offsets import Fenced, LogChanged
from warehouse.transaction import Busy

REASON = "unlandable"

# Errors whose cause is the warehouse, the broker or the machine, not a record.
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
    """Whether a smaller part of these records may land.

    True if one record may be at fault, or if they need too much memory together.
    """
    return isinstance(error, duckdb.OutOfMemoryException) or not isinstance(
        error, NOT_ABOUT_RECORDS
    )


class Portions:
    """Chooses how many records to land at once.

    All records, until a part cannot land. Then half as many, until the record at fault is alone,
    and after it twice as many each time. So one bad record of n costs about 2 log2(n)
    transactions, and many bad records in a row cost about three each.
    """

    def __init__(self) -> None:
        self._most: int | None = None

    def of(self, buffer: Buffer) -> BatchPart | None:
        """The next records to land; None if there are none."""
        return buffer.part(self._most)

    def refused(self, part: BatchPart) -> None:
        """Call when this part cannot land."""
        self._most = max(1, len(part.records) // 2)

    def landed(self, left: int) -> None:
        """Call when a part has landed; `left` is the number of records still in the buffer."""
        if self._most is not None:
            self._most = self._most * 2 if left else None


def set_apart(part: BatchPart, error: Exception) -> Batch:
    """A batch with the part's only record as a dead letter; its detail names the error's type."""
    (record,) = part.records
    poison = Poison(record, REASON, f"the warehouse refuses this record: {type(error).__name__}")
    return Batch(tuple(part.spans), {}, (poison,))
