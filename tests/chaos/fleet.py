"""The processes under test. A supervisor restarts each one that ends."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping

from tests.support.process import Child

TICK = 0.02
# Seconds that the supervisor waits before it restarts a process that ended by itself.
BACK_OFF = 1.0


class Fleet:
    """The processes by name, and planned actions on them. Actions are done only in `spend`."""

    def __init__(self, children: Mapping[str, Child]) -> None:
        self.children = dict(children)
        self.kills: Counter[str] = Counter()
        self.exits: Counter[str] = Counter()  # `name code` of those that ended by themselves
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        # Processes that must not run now: not started yet, or down until a planned action.
        self._due: set[str] = set(children)
        self._released: set[str] = set()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Plans `action` after this many seconds."""
        entry = (time.monotonic() + seconds, next(self._order), action)
        heapq.heappush(self._later, entry)

    def start(self, name: str) -> None:
        self.children[name].start()
        self._due.discard(name)

    def kill(self, name: str, downtime: float) -> None:
        """Kills a process, and starts it again after `downtime` seconds."""
        self.children[name].kill()
        self.kills[name.split("-")[0]] += 1
        self._restart(name, downtime)

    def pause(self, name: str, seconds: float) -> None:
        """Freezes a process for this many seconds."""
        child = self.children[name]
        child.pause()
        self.later(seconds, child.resume)

    def spend(self, seconds: float) -> None:
        """Waits; meanwhile does planned actions that are due, and restarts ended processes."""
        end = time.monotonic() + seconds
        while True:
            self._tick()
            if time.monotonic() >= end:
                return
            time.sleep(TICK)

    def await_running(self, name: str, timeout: float = 20.0) -> bool:
        """Waits until the process runs; False if it does not in time."""
        return self.spend_until(lambda: self.children[name].running, timeout)

    def spend_until(self, reached: Callable[[], bool], timeout: float) -> bool:
        """Waits until `reached` is true; False if it is not within `timeout` seconds.

        A look that asks the warehouse takes the processor from what lands there, so the pause after
        it is four times as long as the look.
        """
        end = time.monotonic() + timeout
        while True:
            began = time.monotonic()
            if reached():
                return True
            now = time.monotonic()
            if now >= end:
                return False
            self.spend(max(0.2, 4 * (now - began)))

    def settle(self) -> None:
        """Does all planned actions at once: starts, thaws, frees and unlocks."""
        while self._later:
            heapq.heappop(self._later)[2]()

    def stop(self, name: str, timeout: float = 30.0) -> int:
        """Ends a process cleanly, without a restart. Returns its exit code."""
        self._released.add(name)
        return self.children[name].stop(timeout)

    def end(self) -> None:
        """Kills all processes that are still running."""
        for child in self.children.values():
            with contextlib.suppress(OSError):
                child.kill()

    def _tick(self) -> None:
        while self._later and self._later[0][0] <= time.monotonic():
            heapq.heappop(self._later)[2]()
        for name, child in self.children.items():
            if child.running or name in self._due or name in self._released:
                continue
            self.exits[f"{name} {child.exit_code}"] += 1
            self._restart(name, BACK_OFF)

    def _restart(self, name: str, seconds: float) -> None:
        self._due.add(name)
        self.later(seconds, lambda: self.start(name))
