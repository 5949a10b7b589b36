"""Answers are kept and shared: the more one cost, the longer it is given again."""

from __future__ import annotations

import dataclasses
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

import pandas as pd

Answer = TypeVar("Answer")

# An answer that took a second is kept for this many, so that looking never costs much more than
# a tenth of a core. The longest is what people wait for without doubting it is alive.
REST = 10.0
LONGEST = 300.0
# What is kept at most; the newest answer always is, however large, so that it can be shared.
KEPT = 200
KEPT_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Kept(Generic[Answer]):
    """An answer, when it was got (seconds of the monotonic clock), and for how long it holds."""

    answer: Answer
    got_at: float
    lasts: float
    size: int = 0  # bytes, about


@dataclass(slots=True)
class _Asking:
    """One key that is being asked: who comes later waits for the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    threads: int = 0


@dataclass(slots=True)
class Memory:
    """Keeps the newest answers by key. Threads that ask the same at once are answered once."""

    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[Hashable, Kept[object]] = field(default_factory=OrderedDict)
    _asking: dict[Hashable, _Asking] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def recall(self, key: Hashable, ask: Callable[[], Answer], *, at_least: float) -> Kept[Answer]:
        """The kept answer where it still holds, else a new one that holds `at_least` seconds.

        Raises what `ask` raises; nothing is kept then.
        """
        with self._alone(key):
            kept = self._kept.get(key)
            if kept is None or not self._holds(kept):
                kept = self._renew(key, ask, at_least)
        return cast(Kept[Answer], kept)

    @property
    def size(self) -> int:
        """Bytes of all that is kept, about."""
        with self._lock:
            return sum(kept.size for kept in self._kept.values())

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[None]:
        """Only one thread at a time is in here with a key; nothing is left of it afterwards."""
        with self._lock:
            asking = self._asking.setdefault(key, _Asking())
            asking.threads += 1
        try:
            with asking.lock:
                yield
        finally:
            with self._lock:
                asking.threads -= 1
                if not asking.threads:
                    del self._asking[key]

    def _renew(self, key: Hashable, ask: Callable[[], Answer], at_least: float) -> Kept[object]:
        began = self.clock()
        answer = ask()
        now = self.clock()
        lasts = max(at_least, min(REST * (now - began), LONGEST))
        kept: Kept[object] = Kept(answer, now, lasts, size_of(answer))
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            self._forget()
        return kept

    def _forget(self) -> None:
        """Drops what nobody would be given any more, then the oldest, down to the limits."""
        for key in [key for key, kept in self._kept.items() if not self._holds(kept)]:
            del self._kept[key]
        size = sum(kept.size for kept in self._kept.values())
        while len(self._kept) > 1 and (len(self._kept) > KEPT or size > KEPT_BYTES):
            _, oldest = self._kept.popitem(last=False)
            size -= oldest.size

    def _holds(self, kept: Kept[object]) -> bool:
        return self.clock() - kept.got_at < kept.lasts


def size_of(answer: object) -> int:
    """Bytes an answer takes, about, with all that it holds."""
    if isinstance(answer, pd.DataFrame):
        return int(answer.memory_usage(deep=True).sum())
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        parts = [getattr(answer, part.name) for part in dataclasses.fields(answer)]
        return sys.getsizeof(answer) + sum(map(size_of, parts))
    if isinstance(answer, tuple | list):
        return sys.getsizeof(answer) + sum(map(size_of, answer))
    return sys.getsizeof(answer)
