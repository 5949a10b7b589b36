"""Waits for what other processes and threads do, and leaves the processor to them meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

SHORTEST, LONGEST = 0.02, 1.0  # seconds between two looks


def wait_for(
    condition: Callable[[], object], timeout: float = 120.0, explain: Callable[[], str] = str
) -> None:
    """Looks until the condition holds; fails with `explain()` after `timeout` seconds.

    The time only limits a test that hangs. A look that asks a warehouse or starts a program takes
    the processor from what it waits for, so the pause after it is four times as long as the look.
    """
    deadline = time.monotonic() + timeout
    while True:
        began = time.monotonic()
        if condition():
            return
        now = time.monotonic()
        assert now < deadline, explain() or "it never came true"
        time.sleep(min(max(SHORTEST, 4 * (now - began)), LONGEST))
