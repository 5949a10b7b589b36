"""The order of one landing: rows, fence and offsets in one transaction, and then the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from warehouse.in_step import InStep
from warehouse.offsets import Move, Span
from warehouse.transaction import ATTEMPTS, Transactions, transact
from warehouse.write_lock import Turn

Store = TypeVar("Store", bound=InStep[Any, Any, Any])
AnyStore = TypeVar("AnyStore", contravariant=True)


class Work(Protocol[AnyStore]):
    """What one batch writes, inside a transaction."""

    @property
    def spans(self) -> Iterable[Span]:
        """Every offset of the batch."""

    def add(self, recent: AnyStore | None, /) -> tuple[list[Move], Any]:
        """Writes the rows. Returns the counts of each partition, and the rows for the store.

        The latter are None if the store must not keep them.
        """

    def advance(self, moves: list[Move], /) -> None:
        """Moves the offsets. Raises Fenced if one is not where the batch starts."""


def land(
    connection: Transactions,
    work: Work[Store],
    *,
    recent: Store | None = None,
    lock: Turn | None = None,
    attempts: int = ATTEMPTS,
    on_retry: Callable[[], None] = lambda: None,
    pause: Callable[[float], object] = time.sleep,
) -> list[Move]:
    """Lands a batch. Returns the counts of each partition. Raises Fenced and Busy."""
    moves = transact(
        connection,
        lambda: _land(connection, work, recent),
        lock=lock,
        attempts=attempts,
        on_retry=on_retry,
        pause=pause,
    )
    if recent:
        recent.commit()
    return moves


def _land(
    connection: Transactions,
    work: Work[Store],
    recent: Store | None,
) -> list[Move]:
    if recent:
        recent.begin(connection)
    moves, kept = work.add(recent)
    work.advance(moves)
    if recent and kept is not None:
        recent.stage(work.spans, kept)
    return moves
