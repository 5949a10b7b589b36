"""Check the free space for the warehouse."""

from __future__ import annotations

import shutil
from pathlib import Path

from bluetick.doctor.finding import Finding, ok, problem, warning

CHECK = "disk"
GIB = 1024**3
# While files are merged, the disk holds both the old and the new ones.
LOW = 2 * GIB
FULL = GIB // 4


def disk(data_dir: Path) -> Finding:
    """Free space at the data folder, or at the place where it will be."""
    place = data_dir.resolve()
    while not place.exists():
        place = place.parent
    return of_free(shutil.disk_usage(place).free)


def of_free(free: int) -> Finding:
    """The finding for this many free bytes."""
    what = f"{free / GIB:,.1f} GiB free for the data folder"
    if free >= LOW:
        return ok(CHECK, what)
    advice = (
        "free space or move the data folder (--data-dir): while the disk is full, events wait in "
        "Kafka until its retention removes them"
    )
    return warning(CHECK, what, advice) if free >= FULL else problem(CHECK, what, advice)
