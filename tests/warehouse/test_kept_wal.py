"""While a consumer works, its commits leave the catalog's log, and never lock the whole file."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from pathlib import Path

import pytest

from schemas.topics import STATUSES
from tests.support.lake import Lake, lake
from warehouse.connection import wal_bytes
from warehouse.kept_wal import wal_kept

__all__ = ["lake"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the log is not kept")

# What a connection locks that closes last, and one that opens first.
LAST, FIRST = ("warehouse.sqlite", 0x40000000), ("warehouse.sqlite-shm", 128)


def locked(lake: Lake, name: str, byte: int) -> bool:
    """Whether somebody holds a lock on this byte of a file of the catalog."""
    assert lake.location.sqlite_file
    file = os.open(lake.location.sqlite_file.with_name(name), os.O_RDWR)
    wanted = struct.pack("@hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0)
    try:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, wanted)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def inode(lake: Lake, suffix: str) -> int:
    return Path(f"{lake.location.sqlite_file}{suffix}").stat().st_ino


def test_landings_leave_the_log_and_the_locks(lake: Lake) -> None:
    with wal_kept(lake.connection, lake.location):
        before = inode(lake, "-wal"), inode(lake, "-shm")
        for _ in range(3):
            lake.land_events(STATUSES, {})
        assert wal_bytes(lake.location) > 0
        assert (inode(lake, "-wal"), inode(lake, "-shm")) == before
        assert locked(lake, *LAST)
        assert locked(lake, *FIRST)
    lake.land_events(STATUSES, {})
    assert wal_bytes(lake.location) == 0
    assert not locked(lake, *LAST)
