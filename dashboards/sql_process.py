"""Runs a person's query in a process that reads only and is stopped at its limits."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa

from dashboards.sql_limits import AT_ONCE, MOST_BYTES, MOST_ROWS, SECONDS
from warehouse.connection import Location

_turns = threading.BoundedSemaphore(AT_ONCE)
CHUNK_BYTES = 1024**2
# Where Python finds this package, in a checkout and in an installed Bluetick.
PACKAGES = Path(__file__).resolve().parents[1]


class QueryFailed(Exception):
    """The query has no result; the message says why, for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Result:
    rows: pd.DataFrame
    more: bool  # whether the query has more rows
    seconds: float


def run(
    location: Location,
    text: str,
    *,
    zone: str = "UTC",
    rows: int = MOST_ROWS,
    bytes: int = MOST_BYTES,
    seconds: float = SECONDS,
) -> Result:
    """The result of the last statement of `text` that has one, with the clocks of `zone`.

    Raises QueryFailed.
    """
    if not _turns.acquire(timeout=seconds):
        raise QueryFailed("Other queries are running. Try again when they have ended.")
    try:
        began = time.monotonic()
        request = {
            # With its keys: other processes see neither stdin nor errors of the worker.
            "location": asdict(replace(location, folder=None)),
            "text": text,
            "zone": zone,
            "rows": rows,
            "seconds": seconds,
        }
        output = _output(json.dumps(request), bytes, seconds)
        head, _, body = output.partition(b"\n")
        said = json.loads(head)
        if "error" in said:
            raise QueryFailed(said["error"])
        table = presentable(pa.ipc.open_stream(body).read_all())
        return Result(table.to_pandas(), said["more"], time.monotonic() - began)
    finally:
        _turns.release()


def presentable(table: pa.Table) -> pa.Table:
    """The table with sums of whole numbers as such, and with different names of columns."""
    names: list[str] = []
    for name in table.column_names:
        number = 2
        unique = name
        while unique in names:
            unique, number = f"{name}_{number}", number + 1
        names.append(unique)
    return pa.Table.from_arrays([_whole(column) for column in table.columns], names=names)


def _whole(column: Any) -> Any:
    if not pa.types.is_decimal(column.type) or column.type.scale:
        return column
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:  # too large
        return column


def _output(request: str, most: int, seconds: float) -> bytes:
    """What the worker writes. Raises QueryFailed if it is too much, too late or not complete."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboards.sql_worker"],
        cwd=PACKAGES,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # errors of Python may quote data
    )
    assert process.stdin
    assert process.stdout
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        process.stdin.write(request.encode())
        process.stdin.close()
        output = _read(process.stdout, most)
        if len(output) > most:
            raise QueryFailed(f"The result is larger than {most // 1024**2} MiB. Add a LIMIT.")
        code = process.wait()
    except BrokenPipeError:
        code = process.wait()
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    if late.is_set():
        raise QueryFailed(f"The query was stopped after {seconds:.0f} seconds. Ask for less time.")
    if code:
        raise QueryFailed("The process of the query ended unexpectedly: it may need less memory.")
    return output


def _read(source: IO[bytes], most: int) -> bytes:
    """All of a source, or a little more than `most` bytes of it."""
    parts, size = [], 0
    while size <= most and (part := source.read(CHUNK_BYTES)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)
