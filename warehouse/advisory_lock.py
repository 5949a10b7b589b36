"""A lock in PostgreSQL for which the writers of all machines queue."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import duckdb

from warehouse.attachment import CATALOG_SECRET, database
from warehouse.location import Location
from warehouse.sql_literal import literal
from warehouse.transaction import Busy, roll_back
from warehouse.write_lock import Turn, WriteLock

logger = logging.getLogger(__name__)

# Chosen at random; no other program is likely to use them in the same database.
WRITE, CREATE = 7_013_467_219, 7_013_467_220
# Others queue before this process, each for a landing or for a step of maintenance.
PATIENCE_SECONDS = 30.0
CREATION_SECONDS = 600.0
SERVER = "turns"


class AdvisoryLock:
    """The lock of one process on this key of PostgreSQL, which the server ends with its connection.

    As with WriteLock, correctness does not depend on it: after `patience` seconds, or without
    an answer of the server, this process continues without the lock.
    """

    def __init__(
        self, location: Location, key: int = WRITE, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._location, self._key, self._patience = location, key, patience
        self._waits = True
        self.taken = False
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Holds the lock within the `with` block, or continues without it if it is not free."""
        try:
            self._take()
        except duckdb.Error as error:  # such as no connection: let the transaction report it
            self._forget(error)
        try:
            yield
        finally:
            self._release()

    def _take(self) -> None:
        if self._connection is None:
            self._connection = _opened(self._location)
        patience = self._patience if self._waits else 0.001
        self._connection.execute("BEGIN")
        take = (
            f"SET LOCAL lock_timeout = {int(patience * 1000)}; "
            f"SELECT pg_advisory_xact_lock({self._key})"
        )
        self._connection.execute(f"CALL postgres_execute('{SERVER}', {literal(take)})")
        self._waits = self.taken = True

    def _forget(self, error: duckdb.Error) -> None:
        """Continues without the lock; with a new connection next time, unless it only waited."""
        if "lock timeout" not in str(error):
            self.close()
        elif self._waits:
            self._waits = False
            logger.warning(
                "another process has held the catalog's lock for %.0f s: continuing without it",
                self._patience,
            )

    def _release(self) -> None:
        self.taken = False
        if self._connection:
            roll_back(self._connection)

    def close(self) -> None:
        """Ends the connection, and with it the lock."""
        if self._connection:
            roll_back(self._connection)
            self._connection.close()
            self._connection = None


def turn(location: Location) -> Turn | None:
    """What the writers of this warehouse queue for."""
    return AdvisoryLock(location) if location.postgres else WriteLock.of(location.lock_file)


@contextlib.contextmanager
def alone(location: Location) -> Iterator[None]:
    """Lets one process at a time make or update a PostgreSQL catalog. Raises Busy.

    DuckLake makes its tables without a lock, and of several processes all but one would fail.
    """
    if not location.postgres:
        yield
        return
    lock = AdvisoryLock(location, CREATE, CREATION_SECONDS)
    with contextlib.closing(lock), lock.held():
        if not lock.taken:
            raise Busy("another process makes the warehouse, or PostgreSQL does not answer")
        yield


def _opened(location: Location) -> duckdb.DuckDBPyConnection:
    connection = database(location)
    try:
        connection.execute("SET threads = 1")
        options = location.catalog.partition("postgres:")[2]
        connection.execute(
            f"ATTACH {literal(options)} AS {SERVER} "
            f"(TYPE postgres, SECRET '{CATALOG_SECRET}', ISOLATION_LEVEL 'READ COMMITTED')"
        )
    except BaseException:
        connection.close()
        raise
    return connection
