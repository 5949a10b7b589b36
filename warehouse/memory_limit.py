"""How much memory DuckDB may take in one process, and where it puts what does not fit."""

from __future__ import annotations

import os
import re
import shutil
import time
import uuid
from pathlib import Path

import duckdb

from settings.errors import BluetickError

VARIABLE = "BLUETICK_MEMORY_LIMIT"
# Consumer, dashboard and one command at work, each with its limit full, then still leave half of
# a machine of 2 GB to the receiver, the broker and what Python itself takes.
SHARE = 0.15
LEAST_BYTES = 192 * 1024**2
# The share of the machine that DuckDB takes where nobody sets a limit.
_DUCKDB_SHARE = 0.8
_SIZE = re.compile(r"([\d.]+)\s*(bytes?|[KMGT]i?B)", re.IGNORECASE)
_UNITS = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
# No query runs for so long: what lies there longer belongs to a process that was killed.
STALE_SECONDS = 24 * 60 * 60.0


class BadMemoryLimit(BluetickError):
    """BLUETICK_MEMORY_LIMIT cannot be used; the message says how to write it."""


def memory_limit(connection: duckdb.DuckDBPyConnection) -> int:
    """Bytes DuckDB may take in this process: BLUETICK_MEMORY_LIMIT, else a share of the machine.

    `connection` is new: its own limit tells what the machine, or the container, has. Raises
    BadMemoryLimit.
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
    """A folder for what one connection cannot keep in memory; empty where none can be written.

    Each connection has its own, which DuckDB makes when it needs it and removes at the end. It
    lies in the data folder, since it may hold what the warehouse holds.
    """
    return str(_spills(data_dir) / uuid.uuid4().hex) if os.access(data_dir, os.W_OK) else ""


def remove_stale_spills(data_dir: Path) -> None:
    """Removes what processes that were killed have left behind."""
    for folder in _spills(data_dir).glob("*"):
        if time.time() - folder.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _spills(data_dir: Path) -> Path:
    return data_dir / "spill"
