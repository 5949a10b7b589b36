"""Room for the warehouse."""

from __future__ import annotations

import shutil
from pathlib import Path

from bluetick.doctor.finding import Finding, ok, problem, warning

CHECK = "disk"
GIB = 1024**3
# Merging files needs room for both the old and the new ones for a while.
LOW = 2 * GIB
FULL = GIB // 4


def disk(data_dir: Path) -> Finding:
    """The room left where the data folder is, or will be."""
    place = data_dir.resolve()
    while not place.exists():
        place = place.parent
    return of_free(shutil.disk_usage(place).free)


def of_free(free: int) -> Finding:
    """The finding for so many bytes."""
    what = f"{free / GIB:,.1f} GiB free for the data folder"
    if free >= LOW:
        return ok(CHECK, what)
    advice = (
        "make room or move the data folder (--data-dir): while the disk is full, events wait in "
        "Kafka until its retention removes them"
    )
    return warning(CHECK, what, advice) if free >= FULL else problem(CHECK, what, advice)
