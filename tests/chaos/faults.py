"""Causes one planned fault, and ends it again."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

from tests.chaos.disk import Disk
from tests.chaos.fleet import Fleet
from tests.chaos.plan import CONSUMER, FILL, KILL, LOCK, PAUSE, Step
from tests.chaos.store import damage

LOCK_ATTEMPT_SECONDS = 2.0


class Faults:
    """Causes the planned faults in the fleet and in the warehouse's disk and catalog."""

    def __init__(self, fleet: Fleet, disk: Disk, catalog: Path) -> None:
        self.done: Counter[str] = Counter()  # without kills, which the fleet counts
        self._fleet = fleet
        self._disk = disk
        self._catalog = catalog
        self._stores = catalog.parent / "states"

    def inflict(self, step: Step) -> bool:
        """Causes a fault. False if its target did not come back or could not be locked."""
        if step.action == FILL:
            free = self._disk.fill(
                child.pid
                for name, child in self._fleet.children.items()
                if name.startswith(CONSUMER) and child.running
            )
            self._fleet.later(step.seconds, free)
        elif step.action == LOCK:
            if not self._lock(step.seconds):
                return False
        elif not self._fleet.await_running(step.target):
            return False
        elif step.action == KILL:
            self._fleet.kill(step.target, step.seconds)
            if step.target.startswith(CONSUMER) and damage(self._stores, self._fleet.kills.total()):
                self.done["store"] += 1
            return True
        elif step.action == PAUSE:
            self._fleet.pause(step.target, step.seconds)
        self.done[step.action] += 1
        return True

    def _lock(self, seconds: float) -> bool:
        """Holds SQLite's write lock, as another tool beside Bluetick could."""
        holder = sqlite3.connect(self._catalog, timeout=LOCK_ATTEMPT_SECONDS, isolation_level=None)
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:  # the disk is full, or others were faster
            holder.close()
            return False
        self._fleet.later(seconds, holder.close)
        return True
