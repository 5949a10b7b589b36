"""Reads the warehouse: one read-only connection, and one transaction for each refresh."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
import streamlit as st

from dashboards import faults, login, visible_rows
from dashboards.query_cache import Kept, Memory
from dashboards.roles import EVERYTHING, Sight
from dashboards.selection import EVERY, Selection
from warehouse.connection import ALIAS, Location, WarehouseError, connect
from warehouse.renewal import RENEW_SECONDS, breaks_connection
from warehouse.transaction import Busy, passing_cause

Connection = duckdb.DuckDBPyConnection
Answer = TypeVar("Answer")

DATA_DIR = "data"
# A page waits this long for a lock of another process, and then says so.
BUSY_TIMEOUT_MS = 500
# So long (seconds) nobody tries again after that, so that filters, badge and page wait once.
PAUSE = 3.0
# So many queries run at once, for all sessions. More would not be faster, as each uses all cores,
# and each takes memory.
TURNS = 2
_turns = threading.BoundedSemaphore(TURNS)
_running: set[Connection] = set()
_ended = threading.Event()
# Which business numbers an account has changes seldom.
NUMBERS_EVERY = timedelta(minutes=5)
# Ids of people are hashed with it for those who may not see them; another one in each process.
_SALT = secrets.token_hex(16)
_NUMBERS = """
SELECT DISTINCT display_phone_number
FROM (
    SELECT waba_id, display_phone_number FROM statuses
    UNION ALL SELECT waba_id, display_phone_number FROM messages
)
WHERE list_contains($accounts, waba_id) AND display_phone_number IS NOT NULL
ORDER BY ALL
"""


class WarehouseUnreadable(Exception):
    """The warehouse cannot be read now; the message says why, without personal data."""


def location() -> Location:
    """The warehouse in BLUETICK_DATA_DIR."""
    return Location.of(Path(os.environ.get("BLUETICK_DATA_DIR") or DATA_DIR))


class WarehouseLocked(WarehouseUnreadable):
    """Another process holds the catalog, or the disk is full: it helps to try later."""


class Broken(WarehouseUnreadable):
    """An error inside DuckDB broke the connection; the next snapshot has a new one."""


@contextlib.contextmanager
def snapshot(
    where: Location,
    sight: Sight = EVERYTHING,
    numbers: tuple[str, ...] = (),
    zone: str = "UTC",
) -> Iterator[Connection]:
    """A connection in a transaction, which reads one snapshot, and no more of it than `sight`.

    `numbers` are the business numbers of a limited sight. Days, hours and times without a zone are
    those of `zone`. Raises WarehouseUnreadable.
    """
    key = Catalog.of(where), _period()
    _refuse_again(key[0])
    try:
        with _turns, _warehouse(*key).cursor() as connection:
            connection.execute(f"USE {ALIAS}")
            connection.execute("SET TimeZone = ?", [zone])
            connection.execute("BEGIN TRANSACTION")
            _running.add(connection)
            try:
                if sight != EVERYTHING:
                    visible_rows.restrict(connection, sight, numbers, _SALT)
                yield connection
            finally:
                _running.discard(connection)
                with contextlib.suppress(duckdb.Error):
                    connection.execute("ROLLBACK")
    except WarehouseError as error:
        faults.log(error)
        raise WarehouseUnreadable(str(error)) from error
    except Busy as error:
        raise _locked(key[0], error, f"{error}. If this stays, run `bluetick doctor`") from error
    except duckdb.Error as error:
        if _ended.is_set():
            raise WarehouseUnreadable("the dashboard ends") from error
        faults.log(error)
        if passing_cause(error):
            raise _locked(key[0], error, faults.explained(error)) from error
        if breaks_connection(error):
            _warehouse.clear(*key)
            raise Broken(faults.explained(error)) from error
        raise WarehouseUnreadable(faults.explained(error)) from error


def end(patience: float = 10.0) -> None:
    """Ends running queries and starts no more; call before the process ends.

    A thread that comes back from DuckDB while Python ends would end the process with SIGABRT.
    `patience` is in seconds, in all.
    """
    _ended.set()
    until = time.monotonic() + patience
    taken = 0
    while taken < TURNS and time.monotonic() < until:
        for connection in tuple(_running):
            connection.interrupt()
        taken += _turns.acquire(timeout=0.05)


_failures: dict[Catalog, tuple[float, str]] = {}  # until when, and why


def _refuse_again(catalog: Catalog) -> None:
    until, why = _failures.get(catalog, (0.0, ""))
    if time.monotonic() < until:
        raise WarehouseLocked(why)


def _locked(catalog: Catalog, error: Exception, why: str) -> WarehouseLocked:
    faults.log(error)
    _failures.clear()  # of former warehouses, too
    _failures[catalog] = time.monotonic() + PAUSE, why
    return WarehouseLocked(why)


def ask(query: Callable[..., Answer], *args: object, zone: str = "UTC") -> Answer:
    """The answer of a query from one snapshot, of what the person who asks may see.

    Its time zone is that of the Selection it is asked about, or else `zone`. Raises
    WarehouseUnreadable, and NobodyKnown.
    """
    sight = login.person().sight
    zone = next((each.zone for each in args if isinstance(each, Selection)), zone)
    seen = sight, _numbers_of(sight), zone
    # DuckDB's rare internal errors end the database for all sessions; opened again, it answers.
    with contextlib.suppress(Broken), snapshot(location(), *seen) as connection:
        return query(connection, *args)
    with snapshot(location(), *seen) as connection:
        return query(connection, *args)


def recall(
    key: Hashable, ask: Callable[[], Answer], *, at_least: timedelta = EVERY
) -> Kept[Answer]:
    """The kept answer for this warehouse and key, or else a new one from `ask`.

    People who see different parts of the warehouse do not share answers.
    """
    whole = (Catalog.of(location()), login.person().sight, key)
    return _memory().recall(whole, ask, at_least=at_least.total_seconds())


def _numbers_of(sight: Sight) -> tuple[str, ...]:
    """The business numbers of a limited sight, with those of its accounts."""
    if not sight.accounts:
        return sight.numbers

    def fresh() -> tuple[str, ...]:
        with snapshot(location()) as connection:
            found = connection.execute(_NUMBERS, {"accounts": list(sight.accounts)}).fetchall()
        return tuple(str(number) for (number,) in found)

    of_accounts = recall("numbers of accounts", fresh, at_least=NUMBERS_EVERY).answer
    return tuple(sorted({*of_accounts, *sight.numbers}))


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
    return connect(catalog.where, read_only=True, busy_timeout_ms=BUSY_TIMEOUT_MS)
