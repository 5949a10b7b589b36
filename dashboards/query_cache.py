"""A cache of answers for all sessions. Slow answers are kept longer."""

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

# An answer that took one second is kept for this many seconds, so that refreshing uses at most
# about a tenth of a core; and never longer than LONGEST seconds.
REST = 10.0
LONGEST = 300.0
# Limits of the cache. The newest answer is always kept, so that it can be shared.
KEPT = 200
KEPT_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Kept(Generic[Answer]):
    """An answer, when it was got (monotonic clock, seconds), and how long it is valid (seconds)."""

    answer: Answer
    got_at: float
    lasts: float
    size: int = 0  # bytes, about


@dataclass(slots=True)
class _Asking:
    """One key whose query runs: later threads wait for the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    threads: int = 0


@dataclass(slots=True)
class Memory:
    """Keeps the newest answers by key. Threads that ask the same at once share one query."""

    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[Hashable, Kept[object]] = field(default_factory=OrderedDict)
    _asking: dict[Hashable, _Asking] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def recall(self, key: Hashable, ask: Callable[[], Answer], *, at_least: float) -> Kept[Answer]:
        """The kept answer if it is still valid, or else a new one, valid for `at_least` seconds.

        Raises what `ask` raises, and keeps nothing then.
        """
        with self._alone(key):
            kept = self._kept.get(key)
            if kept is None or not self._holds(kept):
                kept = self._renew(key, ask, at_least)
        return cast(Kept[Answer], kept)

    @property
    def size(self) -> int:
        """Bytes of all kept answers, roughly."""
        with self._lock:
            return sum(kept.size for kept in self._kept.values())

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[None]:
        """Let in one thread at a time for each key."""
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
        """Drop answers that are not valid any more, then the oldest, down to the limits."""
        for key in [key for key, kept in self._kept.items() if not self._holds(kept)]:
            del self._kept[key]
        size = sum(kept.size for kept in self._kept.values())
        while len(self._kept) > 1 and (len(self._kept) > KEPT or size > KEPT_BYTES):
            _, oldest = self._kept.popitem(last=False)
            size -= oldest.size

    def _holds(self, kept: Kept[object]) -> bool:
        return self.clock() - kept.got_at < kept.lasts


def size_of(answer: object) -> int:
    """Bytes of an answer with everything in it, roughly."""
    if isinstance(answer, pd.DataFrame):
        return int(answer.memory_usage(deep=True).sum())
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        parts = [getattr(answer, part.name) for part in dataclasses.fields(answer)]
        return sys.getsizeof(answer) + sum(map(size_of, parts))
    if isinstance(answer, tuple | list):
        return sys.getsizeof(answer) + sum(map(size_of, answer))
    return sys.getsizeof(answer)
