"""Prints the progress while everything runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console

from bluetick.local.progress import Progress

# Without a terminal, at most one line in this time.
QUIET_SECONDS = 10.0


@contextlib.contextmanager
def reporting(console: Console) -> Iterator[Callable[[Progress | None], None]]:
    """A function that shows the progress: one live line in a terminal; otherwise a line from time
    to time if the progress has changed."""
    if console.is_terminal:
        with console.status("waiting for the first event") as status:
            yield lambda found: status.update(str(found) if found else "…")
        return
    due, last = 0.0, None

    def show(found: Progress | None) -> None:
        nonlocal due, last
        if found and found != last and time.monotonic() >= due:
            due, last = time.monotonic() + QUIET_SECONDS, found
            with contextlib.suppress(OSError):  # such as a full disk: must not end what runs
                console.print(str(found))

    yield show
