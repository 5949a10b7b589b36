"""Check the write-ahead log of a SQLite catalog: a reader that stays open lets it grow."""

from __future__ import annotations

import time
from pathlib import Path

from bluetick.doctor.finding import Finding, ok, warning
from warehouse.connection import Location, wal_bytes

CHECK = "catalog"
MIB = 1024**2
# Without a reader that stays open, SQLite reuses the log from about 4 MiB on.
LARGE_BYTES = 32 * MIB
# A reader that is found at every look stays open.
LOOKS, LOOK_SECONDS = 5, 0.2
# SQLite's readers lock one of these bytes of the `-shm` file for as long as they read.
# https://www.sqlite.org/walformat.html#locks
READ_LOCKS = range(123, 128)


def wal(location: Location, large: int = LARGE_BYTES) -> Finding | None:
    """The size of the log, and the processes that keep SQLite from reusing it.

    None if the catalog is not a SQLite file, or does not exist yet.
    """
    file = location.sqlite_file
    if file is None or not file.exists():
        return None
    size = wal_bytes(location)
    what = f"the catalog's write-ahead log has {size / MIB:,.1f} MiB"
    if size < large:
        return ok(CHECK, what)
    readers = _lasting_readers(file.with_name(f"{file.name}-shm"))
    who = ", ".join(f"process {pid} ({_name(pid)})" for pid in sorted(readers))
    return warning(
        CHECK,
        f"{what}: {who or 'a reader not visible from here'} keeps an old snapshot open",
        "end that query or transaction: a result that is not read to its end stays open, so use "
        "fetchall() or close the connection",
    )


def _lasting_readers(shm: Path) -> set[int]:
    """Ids of processes that hold a read lock at every look; empty if the system does not say."""
    found = _readers(shm)
    for _ in range(LOOKS - 1):
        if found:
            time.sleep(LOOK_SECONDS)
            found &= _readers(shm)
    return found


def _readers(shm: Path) -> set[int]:
    try:
        inode = str(shm.stat().st_ino)
        lines = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:
        return set()
    pids = set()
    for line in lines:
        # 1: POSIX  ADVISORY  READ 4711 fe:00:131077 124 124
        fields = line.split()
        if len(fields) != 8 or fields[5].rpartition(":")[2] != inode or fields[3] != "READ":
            continue
        if int(fields[6]) in READ_LOCKS:
            pids.add(int(fields[4]))
    return pids


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        return "ended"
