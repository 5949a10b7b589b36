"""Pauses before a part that has ended is restarted: short at first, then longer."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0
# A part that has run this long has worked: if it ends now, the cause is a new one.
STEADY_SECONDS = 60.0


class Pauses:
    """Pauses of 1, 2, 4 … 60 seconds, from 1 again once the part has run for 60 seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = FIRST_SECONDS
        self._since = clock()
        self._due: float | None = None

    @property
    def waiting(self) -> bool:
        """Whether the part has ended and has not been restarted yet."""
        return self._due is not None

    @property
    def over(self) -> bool:
        """Whether the part has ended and must be restarted now."""
        return self._due is not None and self._clock() >= self._due

    def begin(self) -> float:
        """Call when the part has ended. Starts the next pause and returns its seconds."""
        if self._due is None and self._clock() - self._since >= STEADY_SECONDS:
            self._next = FIRST_SECONDS
        pause, self._next = self._next, min(self._next * 2, LONGEST_SECONDS)
        self._due = self._clock() + pause
        return pause

    def end(self) -> None:
        """Call when the part has started."""
        self._due, self._since = None, self._clock()

    def cut_short(self) -> None:
        """End a running pause now."""
        if self._due is not None:
            self._due = self._clock()
