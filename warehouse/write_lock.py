"""Writers of one machine take turns at a lock file, so that few transactions are in vain."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0


class WriteLock:
    """One process's place in the queue at `file`.

    It saves work and is not what keeps writers apart, so nobody waits for it for ever: its
    holder may be frozen. Once `patience` seconds were in vain, this process no longer waits at
    all, until it finds the lock free again.
    """

    def __init__(self, file: Path, patience: float = PATIENCE_SECONDS) -> None:
        self._file = file
        self._patience = patience
        self._waits = True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Holds the lock meanwhile, or nothing where that is not to be had."""
        try:
            handle = self._file.open("a")
        except OSError:  # a full disk must not hide behind a lock
            yield
            return
        with handle:
            self._queue(handle)
            yield

    def _queue(self, handle: IO[str]) -> None:
        deadline = time.monotonic() + self._patience
        while not _locked(handle):
            if not self._waits:
                return
            if time.monotonic() > deadline:
                self._waits = False
                logger.warning(
                    "another process has held %s for %.0f s: going on without it",
                    self._file.name,
                    self._patience,
                )
                return
            time.sleep(0.005)
        self._waits = True


def _locked(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
