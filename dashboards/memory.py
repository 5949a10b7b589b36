"""Answers are kept and shared: the more one cost, the longer it is given again."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Answer = TypeVar("Answer")

# An answer that took a second is kept for this many, so that looking never costs much more than
# a tenth of a core. The longest is what people wait for without doubting it is alive.
REST = 10.0
LONGEST = 300.0
KEPT = 200


@dataclass(frozen=True, slots=True)
class Kept(Generic[Answer]):
    """An answer, when it was got (seconds of the monotonic clock), and for how long it holds."""

    answer: Answer
    got_at: float
    lasts: float


@dataclass(slots=True)
class Memory:
    """Keeps the newest answers by key. Threads that ask the same at once are answered once."""

    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[Hashable, Kept[object]] = field(default_factory=OrderedDict)
    _asking: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def recall(self, key: Hashable, ask: Callable[[], Answer], *, at_least: float) -> Kept[Answer]:
        """The kept answer where it still holds, else a new one that holds `at_least` seconds.

        Raises what `ask` raises; nothing is kept then.
        """
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:
            kept = self._kept.get(key)
            if kept is None or self.clock() - kept.got_at >= kept.lasts:
                kept = self._renew(key, ask, at_least)
        return cast(Kept[Answer], kept)

    def _renew(self, key: Hashable, ask: Callable[[], Answer], at_least: float) -> Kept[object]:
        began = self.clock()
        answer = ask()
        now = self.clock()
        lasts = max(at_least, min(REST * (now - began), LONGEST))
        kept: Kept[object] = Kept(answer, now, lasts)
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                oldest, _ = self._kept.popitem(last=False)
                self._asking.pop(oldest, None)
        return kept
