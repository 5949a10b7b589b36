"""A lock file for which the writers of one machine queue, so that few transactions conflict."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0


class Turn(Protocol):
    """What writers queue for, so that few transactions conflict."""

    def held(self) -> AbstractContextManager[None]:
        """Holds it within the `with` block, or continues without it if it is not free."""


class WriteLock:
    """The lock of one process on `file`.

    The lock only saves work; correctness does not depend on it. So no process waits for it
    forever, because the holder may be frozen. After a wait of `patience` seconds without success,
    this process does not wait any more until it finds the lock free again.
    """

    @classmethod
    def of(cls, file: Path | None) -> WriteLock | None:
        """The lock on this file; None without a file, as catalogs that are not SQLite have none."""
        return cls(file) if file else None

    def __init__(self, file: Path, patience: float = PATIENCE_SECONDS) -> None:
        self._file = file
        self._patience = patience
        self._waits = True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Holds the lock within the `with` block, or continues without it if it is not free."""
        try:
            handle = self._file.open("a")
        except OSError:  # such as a full disk: let the transaction report it
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
                    "another process has held %s for %.0f s: continuing without it",
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
