"""A connection to the warehouse that is replaced regularly, to free memory."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import duckdb

from warehouse.connection import Location, NewerWarehouse, WarehouseError
from warehouse.transaction import Busy

logger = logging.getLogger(__name__)

# DuckLake keeps metadata of every snapshot it has read until the connection is closed: about
# 10 KB for each landing, which no limit of DuckDB counts.
RENEW_SECONDS = 600.0


class Warehouse:
    """A connection that is replaced by a new one every `every` seconds.

    The `first` may be open already. Read `connection` again for each transaction: `renew_if_due`
    may close the former one.
    """

    def __init__(
        self,
        connect: Callable[[], duckdb.DuckDBPyConnection],
        location: Location,
        every: float = RENEW_SECONDS,
        *,
        first: duckdb.DuckDBPyConnection | None = None,
    ) -> None:
        self._connect, self.location, self._every = connect, location, every
        self.connection = first or connect()
        self._due = time.monotonic() + every

    def renew_if_due(self) -> None:
        """Call between two transactions. If no new connection can be opened, the old one stays.

        Raises NewerWarehouse: this version must not write any more.
        """
        if time.monotonic() < self._due:
            return
        try:
            self.renew()
        except NewerWarehouse:
            raise
        except (Busy, WarehouseError) as error:
            self._due = time.monotonic() + self._every
            logger.warning("the warehouse could not be opened again, trying later: %s", error)

    def renew(self) -> None:
        """Opens a new connection at once and closes the old one. Raises Busy, WarehouseError."""
        new = self._connect()
        self.connection.close()
        self.connection = new
        self._due = time.monotonic() + self._every

    def close(self) -> None:
        """Closes the connection, after one last query.

        DuckDB opens SQLite for each transaction. If a reader used the write-ahead log during the
        last commit, SQLite resets the log only when a writer opens the catalog again.
        """
        with contextlib.suppress(duckdb.Error):
            self.connection.execute("SELECT count(*) FROM landing_fence").fetchall()
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def breaks_connection(error: BaseException) -> bool:
    """Whether this error makes the database unusable in this process.

    DuckDB then refuses all later statements until the database is opened again.
    """
    return isinstance(error, duckdb.FatalException | duckdb.InternalException)
