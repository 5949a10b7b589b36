"""A lock on a folder for one process; the system frees it when the process ends, also if killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from settings.errors import BluetickError


class Taken(BluetickError):
    """Another process uses the place, or it cannot be used; the message says what to do."""


@contextlib.contextmanager
def claimed(file: Path, user: str, elsewhere: str) -> Iterator[None]:
    """Locks `file` until the block, or this process, ends. Makes its folder if needed.

    Errors name `user`, who holds such a lock, and `elsewhere`, how to choose another folder.
    Raises Taken if another process holds the lock, or if the folder cannot be written to.
    """
    folder = file.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = file.open("a+")
    except OSError as error:
        raise Taken(
            f"{folder} cannot be written to ({error.strerror}): choose {elsewhere}"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip()
            raise Taken(
                f"{user} already runs in {folder} (process {owner or 'unknown'}): stop it, or "
                f"choose {elsewhere}"
            ) from None
        except OSError as error:  # such as a file system without locks
            raise Taken(
                f"{folder} cannot be locked ({error.strerror}): choose {elsewhere}"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
