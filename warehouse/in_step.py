"""Keeps a local store in step with the warehouse, or out of use.

The warehouse stays the truth: the store holds the position up to which it has read, and reads what
is missing. It can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import duckdb

from warehouse.landed_position import MOST, NOTHING, Position, between
from warehouse.offsets import Span
from warehouse.transaction import Transactions

logger = logging.getLogger(__name__)

Connection = TypeVar("Connection", bound=Transactions)
Rows = TypeVar("Rows")
Change = TypeVar("Change")


class InStep(ABC, Generic[Connection, Rows, Change]):
    """When a store may be used and what is written to it; subclasses read and write the rows.

    A Change is what one write of rows puts into the store.
    """

    # Records that it reads at the start of a transaction.
    most = MOST

    def __init__(self) -> None:
        self._failed = False
        # The position of the transaction, if the store has read up to it.
        self._current: Position | None = None
        self._staged: tuple[Position, Change] | None = None
        # It may hold people who were erased, or more than is needed: fill it anew.
        self.outdated = False

    def begin(self, connection: Connection) -> None:
        """Reads what others have landed; call at the start of a transaction."""
        self._staged = self._current = None
        with self._watched():
            self._current = None if self._failed else self._catch_up(connection)

    def stage(self, spans: Iterable[Span], fresh: Rows) -> None:
        """Keeps what this transaction adds, by landing `spans`, until `commit`."""
        if self._current is None:
            return
        with self._watched():
            self._staged = self._current.after(spans), self._change(fresh)

    def commit(self) -> None:
        """Writes what was staged; call after the transaction.

        If the process ends before this, the next transaction finds the rows in the warehouse.
        """
        if self._staged:
            position, change = self._staged
            self._staged = None
            with self._watched():
                self._put(change, position)

    def fill(
        self,
        connection: Connection,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Reads what is missing, or everything, from the warehouse; call before landing.

        Until it is filled, landing searches the warehouse. Ends early if `stopped` becomes true.
        """
        try:
            connection.execute("BEGIN")
            with self._watched():
                if self._catch_up(connection) is None:
                    self._read_all(connection, stopped)
        except duckdb.Error as error:  # such as a locked catalog
            logger.warning("the store of recent statuses was not filled", exc_info=error)
        finally:
            with contextlib.suppress(duckdb.Error):
                connection.execute("ROLLBACK")

    def look(self, connection: Connection) -> bool:
        """Whether the store must be filled anew: people were erased after that, or it is old."""
        if not self._failed and not self.outdated:
            with self._watched():
                erased = (self._requests_read() or 0) != self._requests(connection)
                self.outdated = erased or self._is_old()
        return self.outdated

    def _catch_up(self, connection: Connection) -> Position | None:
        """Reads what others have landed. Returns None if everything must be read again."""
        now = self._landed_position(connection)
        read = self._position()
        if read is None:
            self._put_requests(connection)
        elif self.look(connection):
            return None
        if read == now:
            return now
        spans = between(read or NOTHING, now, self.most)
        if spans is None:
            return None
        for span in spans:
            self._add_landed(connection, span)
        self._put_position(now)
        return now

    def _read_all(self, connection: Connection, stopped: Callable[[], bool]) -> None:
        self._clear()
        self._put_requests(connection)
        self.outdated = False
        for _ in self._add_all(connection):
            if stopped():
                return
        self._put_position(self._landed_position(connection))
        self._flush()  # to read everything again after a kill would take long

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """After an error of the store, such as a full disk, it is removed and not used any more."""
        try:
            yield
        except Exception as error:
            if not self._is_own(error):
                raise
            self._failed, self._current = True, None
            logger.warning("landing without the %s until the next start: %s", self, error)
            self._remove()

    @abstractmethod
    def _is_own(self, error: Exception) -> bool:
        """Whether the store raised this."""

    @abstractmethod
    def _remove(self) -> None:
        """Closes and deletes the store."""

    @abstractmethod
    def _clear(self) -> None:
        """Makes the store empty."""

    @abstractmethod
    def _landed_position(self, connection: Connection) -> Position:
        """The position of the warehouse, in the transaction's snapshot."""

    @abstractmethod
    def _requests(self, connection: Connection) -> int:
        """How many requests to erase people are finished."""

    @abstractmethod
    def _position(self) -> Position | None:
        """The position up to which the store has read."""

    @abstractmethod
    def _put_position(self, position: Position) -> None:
        """Writes the position alone."""

    @abstractmethod
    def _requests_read(self) -> int | None:
        """How many requests were finished when the store was filled."""

    @abstractmethod
    def _put_requests(self, connection: Connection) -> None:
        """Writes how many requests are finished, when the store is begun."""

    @abstractmethod
    def _is_old(self) -> bool:
        """Whether the store was begun so long ago that it must forget."""

    @abstractmethod
    def _add_landed(self, connection: Connection, span: Span) -> None:
        """Adds the rows of these records."""

    @abstractmethod
    def _add_all(self, connection: Connection) -> Iterator[None]:
        """Adds all rows that the store keeps; yields after each portion."""

    @abstractmethod
    def _flush(self) -> None:
        """Makes what was written outlive a kill of the process."""

    @abstractmethod
    def _change(self, fresh: Rows) -> Change:
        """What makes of the rows of their messages in the store these and those."""

    @abstractmethod
    def _put(self, change: Change, position: Position) -> None:
        """Writes the change and the position, in one write."""
