"""The memory limit of DuckDB in one process, and the folder for data that does not fit."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb

from settings.errors import BluetickError

VARIABLE = "BLUETICK_MEMORY_LIMIT"
# If consumer, dashboard and one command all reach their limits, half of a machine of 2 GB still
# remains for the receiver, the broker and Python itself.
SHARE = 0.15
LEAST_BYTES = 192 * 1024**2
# DuckDB's own default: this share of the machine.
_DUCKDB_SHARE = 0.8
_SIZE = re.compile(r"([\d.]+)\s*(bytes?|[KMGT]i?B)", re.IGNORECASE)
_UNITS = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
# No query runs this long: older files belong to a process that was killed.
STALE_SECONDS = 24 * 60 * 60.0


class BadMemoryLimit(BluetickError):
    """BLUETICK_MEMORY_LIMIT is not a valid size."""


def memory_limit(connection: duckdb.DuckDBPyConnection) -> int:
    """The memory of DuckDB in this process, in bytes: BLUETICK_MEMORY_LIMIT, or else a share.

    `connection` must be new: its default limit gives the memory of the machine or container.
    Raises BadMemoryLimit.
    """
    written = os.environ.get(VARIABLE)
    if written:
        return size(written)
    rows = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    machine = size(str(rows[0][0])) / _DUCKDB_SHARE
    return max(int(machine * SHARE), LEAST_BYTES)


def size(text: str) -> int:
    """Bytes of a size such as `512MB` or `1.5 GiB`; K, M and G are powers of 1024.

    Raises BadMemoryLimit.
    """
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise BadMemoryLimit(f"{VARIABLE}: write a size such as 512MB or 2GB, not {text!r}")
    return int(float(match[1]) * _UNITS[match[2][0].lower()])


def spill_folder(data_dir: Path) -> str:
    """A folder for data that one connection cannot keep in memory; empty if it is not writable.

    Each connection has its own folder. DuckDB creates it when necessary and removes it at the
    end. It is in the data folder, because it can hold personal data.
    """
    if not os.access(data_dir, os.W_OK):
        return ""
    # DuckDB creates only the last folder of a path.
    _spills(data_dir).mkdir(mode=0o700, exist_ok=True)
    return str(_spills(data_dir) / uuid.uuid4().hex)


@contextlib.contextmanager
def working_folder(connection: duckdb.DuckDBPyConnection) -> Iterator[Path | None]:
    """A folder for files of a long computation, beside that for what does not fit into memory.

    It is gone at the end. None if the connection may not write to a disk.
    """
    ((spills,),) = connection.execute("SELECT current_setting('temp_directory')").fetchall()
    if not spills:
        yield None
        return
    beside = Path(spills)
    folder = Path(tempfile.mkdtemp(prefix=f"{beside.name}-work-", dir=beside.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_stale_spills(data_dir: Path) -> None:
    """Removes folders of processes that were killed."""
    for folder in _spills(data_dir).glob("*"):
        if time.time() - folder.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _spills(data_dir: Path) -> Path:
    return data_dir / "spill"
