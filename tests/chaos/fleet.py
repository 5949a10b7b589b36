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
# What a supervisor waits before it starts something again that ended by itself.
BACK_OFF = 1.0


class Fleet:
    """Named children and what is to be done with them later; nothing happens but in `spend`."""

    def __init__(self, children: Mapping[str, Child]) -> None:
        self.children = dict(children)
        self.kills: Counter[str] = Counter()
        self.exits: Counter[str] = Counter()  # `name code` of those that ended by themselves
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        # Not running and rightly so: not started yet, or dead until what is in _later.
        self._due: set[str] = set(children)
        self._released: set[str] = set()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Does `action` after so many seconds."""
        entry = (time.monotonic() + seconds, next(self._order), action)
        heapq.heappush(self._later, entry)

    def start(self, name: str) -> None:
        self.children[name].start()
        self._due.discard(name)

    def kill(self, name: str, downtime: float) -> None:
        """kill -9, and a new start after `downtime` seconds."""
        self.children[name].kill()
        self.kills[name.split("-")[0]] += 1
        self._restart(name, downtime)

    def pause(self, name: str, seconds: float) -> None:
        """Freezes a child for so many seconds."""
        child = self.children[name]
        child.pause()
        self.later(seconds, child.resume)

    def spend(self, seconds: float) -> None:
        """Lets time pass: does what is due and starts again what has ended."""
        end = time.monotonic() + seconds
        while True:
            self._tick()
            if time.monotonic() >= end:
                return
            time.sleep(TICK)

    def await_running(self, name: str, timeout: float = 20.0) -> bool:
        """Lets time pass until the child runs; False if it did not come back in time."""
        return self.spend_until(lambda: self.children[name].running, timeout)

    def spend_until(self, reached: Callable[[], bool], timeout: float) -> bool:
        """Lets time pass until `reached`; False if that was not so within `timeout` seconds."""
        end = time.monotonic() + timeout
        while not reached():
            if time.monotonic() >= end:
                return False
            self.spend(0.2)
        return True

    def settle(self) -> None:
        """Does at once all that was to be done later: starts, thaws, frees, unlocks."""
        while self._later:
            heapq.heappop(self._later)[2]()

    def stop(self, name: str, timeout: float = 30.0) -> int:
        """Ends a child in order and for good; its exit code."""
        self._released.add(name)
        return self.children[name].stop(timeout)

    def end(self) -> None:
        """Ends what still runs, at once."""
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
