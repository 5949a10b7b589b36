"""Damages the consumers' store of recent statuses while no process uses it."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path


def damage(folder: Path, number: int) -> bool:
    """Deletes a store of this data folder, or of one in it, or spoils its files.

    False if each is in use. `number` says which of the two, and nothing for every third number.
    """
    stores = sorted((*folder.glob("states/*"), *folder.glob("*/states/*")))
    free = [store for store in stores if _free(store)]
    if not free or number % 3 == 0:
        return False
    if number % 3 == 1:
        shutil.rmtree(free[0])
    else:
        for file in free[0].iterdir():
            if file.suffix in (".log", ".sst") or file.name.startswith("MANIFEST"):
                file.write_bytes(file.read_bytes()[:-7])
    return True


def _free(store: Path) -> bool:
    try:
        with (store / "LOCK").open("r+") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
