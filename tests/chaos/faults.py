"""Causes one planned fault, and ends it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.chaos.disk import Disk
from tests.chaos.fleet import Fleet
from tests.chaos.plan import CONSUMER, FILL, KILL, LOCK, PAUSE, Step
from tests.chaos.store import damage

# Locks the catalog. Returns what frees it; None if it could not be locked.
Lock = Callable[[], Callable[[], None] | None]


class Faults:
    """Causes the planned faults in the fleet and in the warehouse's disk and catalog."""

    def __init__(self, fleet: Fleet, disk: Disk, lock: Lock) -> None:
        self.done: Counter[str] = Counter()  # without kills, which the fleet counts
        self._fleet = fleet
        self._disk = disk
        self._lock = lock

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
            release = self._lock()
            if release is None:
                return False
            self._fleet.later(step.seconds, release)
        elif not self._fleet.await_running(step.target):
            return False
        elif step.action == KILL:
            self._fleet.kill(step.target, step.seconds)
            number = self._fleet.kills.total()
            if step.target.startswith(CONSUMER) and damage(self._disk.folder, number):
                self.done["recent"] += 1
            return True
        elif step.action == PAUSE:
            self._fleet.pause(step.target, step.seconds)
        self.done[step.action] += 1
        return True
