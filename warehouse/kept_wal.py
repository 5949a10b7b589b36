"""Keeps SQLite's write-ahead log of the catalog while a consumer works.

DuckDB opens and closes SQLite for each transaction. Whoever closes it last locks the whole file,
copies the log into it and removes the log. A reader who opens the file meanwhile is refused, and
SQLite within DuckDB then sleeps for a whole second. So a consumer takes the locks that a connection
has which is open and does nothing: then nobody is the last.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.location import Location

# The bytes that SQLite locks, and how many; see https://sqlite.org/fileformat2.html#the_lock_byte_page
# and https://sqlite.org/walformat.html#locks.
_PENDING, _SHARED = (0x40000000, 1), (0x40000002, 510)
_DEAD_MAN_SWITCH = (128, 1)


@contextlib.contextmanager
def wal_kept(connection: duckdb.DuckDBPyConnection, location: Location) -> Iterator[None]:
    """Keeps the log within the `with` block; without SQLite or Linux, does nothing.

    `connection` may write. Afterwards, the next connection that writes removes the log.
    """
    catalog = location.sqlite_file
    if catalog is None or sys.platform != "linux":
        yield
        return
    with contextlib.ExitStack() as stack:
        # A file system without such locks: all is as without this module.
        with contextlib.suppress(OSError, duckdb.Error):
            _hold(stack, catalog, _PENDING, _SHARED)
            # From now on, the log and its index stay.
            connection.execute("SELECT count(*) FROM landing_fence").fetchall()
            _hold(stack, catalog.with_name(f"{catalog.name}-shm"), _DEAD_MAN_SWITCH)
        yield


def _hold(stack: contextlib.ExitStack, file: Path, *spans: tuple[int, int]) -> None:
    """Locks these bytes, to read. Raises OSError.

    SQLite's own locks are the process's: they end when anybody in the process closes the file.
    These are of this opening of the file.
    """
    import fcntl

    opened = os.open(file, os.O_RDONLY)
    stack.callback(os.close, opened)
    for start, length in spans:
        lock = struct.pack("@hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, start, length, 0)
        fcntl.fcntl(opened, fcntl.F_OFD_SETLK, lock)
