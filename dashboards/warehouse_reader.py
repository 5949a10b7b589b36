"""Reads the warehouse: one read-only connection, and one transaction for each refresh."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
import streamlit as st

from dashboards import faults
from dashboards.query_cache import Kept, Memory
from dashboards.selection import EVERY
from warehouse.connection import ALIAS, Location, WarehouseError, connect
from warehouse.renewal import RENEW_SECONDS, breaks_connection
from warehouse.transaction import Busy

Connection = duckdb.DuckDBPyConnection
Answer = TypeVar("Answer")

DATA_DIR = "data"
# So many queries run at once, for all sessions. More would not be faster, as each uses all cores,
# and each takes memory.
_turns = threading.BoundedSemaphore(2)


class WarehouseUnreadable(Exception):
    """The warehouse cannot be read now; the message says why, without personal data."""


def location() -> Location:
    """The warehouse in BLUETICK_DATA_DIR."""
    return Location.under(Path(os.environ.get("BLUETICK_DATA_DIR") or DATA_DIR))


class Broken(WarehouseUnreadable):
    """An error inside DuckDB broke the connection; the next snapshot has a new one."""


@contextlib.contextmanager
def snapshot(where: Location) -> Iterator[Connection]:
    """A connection in a transaction, which reads one snapshot. Raises WarehouseUnreadable."""
    key = Catalog.of(where), _period()
    try:
        with _turns, _warehouse(*key).cursor() as connection:
            connection.execute(f"USE {ALIAS}")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("BEGIN TRANSACTION")
            try:
                yield connection
            finally:
                with contextlib.suppress(duckdb.Error):
                    connection.execute("ROLLBACK")
    except (WarehouseError, Busy) as error:
        raise WarehouseUnreadable(str(error)) from error
    except duckdb.Error as error:
        faults.log(error)
        if breaks_connection(error):
            _warehouse.clear(*key)
            raise Broken(faults.explained(error)) from error
        raise WarehouseUnreadable(faults.explained(error)) from error


def ask(query: Callable[..., Answer], *args: object) -> Answer:
    """The answer of a query from one snapshot. Raises WarehouseUnreadable."""
    # DuckDB's rare internal errors end the database for all sessions; opened again, it answers.
    with contextlib.suppress(Broken), snapshot(location()) as connection:
        return query(connection, *args)
    with snapshot(location()) as connection:
        return query(connection, *args)


def recall(
    key: Hashable, ask: Callable[[], Answer], *, at_least: timedelta = EVERY
) -> Kept[Answer]:
    """The kept answer for this warehouse and key, or else a new one from `ask`."""
    return _memory().recall((Catalog.of(location()), key), ask, at_least=at_least.total_seconds())


@st.cache_resource(show_spinner=False)
def _memory() -> Memory:
    return Memory()


@dataclass(frozen=True, slots=True)
class Catalog:
    """A warehouse and the identity of its catalog file: another file is another warehouse."""

    where: Location
    file: tuple[int, int] | None

    @classmethod
    def of(cls, where: Location) -> Catalog:
        path = where.sqlite_file
        try:
            found = path.stat() if path else None
        except OSError:
            found = None
        return cls(where, (found.st_dev, found.st_ino) if found else None)


def _period() -> int:
    """A number that changes when it is time for a new connection."""
    return int(time.monotonic() // RENEW_SECONDS)


# Two: a session may still read through the former connection.
@st.cache_resource(show_spinner=False, max_entries=2, on_release=lambda held: held.close())
def _warehouse(catalog: Catalog, period: int) -> Connection:  # noqa: ARG001 (part of the key)
    """One open connection for all sessions; each session reads through its own cursor."""
    return connect(catalog.where, read_only=True)
