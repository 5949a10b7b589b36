"""A log file of bounded size: a full file is rotated, and the oldest is deleted."""

from __future__ import annotations

import contextlib
import errno
import io
import threading
from pathlib import Path

LIMIT_BYTES = 10 * 1024 * 1024
FILES = 3


class LogFile:
    """Appends lines to `path`. Older files are `path.1` and, oldest, `path.2`.

    Writing never fails: lines that do not fit on a full disk are dropped, and their number is
    written as soon as there is space. Several threads may use it.
    """

    def __init__(self, path: Path, *, limit: int = LIMIT_BYTES, files: int = FILES) -> None:
        """Keep `files` files, each not much larger than `limit` bytes."""
        self.path = path
        self._limit = limit
        self._files = files
        self._file: io.FileIO | None = None
        self._size = 0
        self._dropped = 0
        self._lock = threading.Lock()

    def write(self, line: bytes) -> None:
        """Append a line, which includes its line end."""
        with self._lock:
            try:
                self._append(self._note() + line)
            except OSError:
                self._dropped += 1
                self._close()  # opened again for the next line: the disk may be another
            else:
                self._dropped = 0

    def put_aside(self) -> None:
        """Start a new file, unless this one is empty."""
        with self._lock, contextlib.suppress(OSError):
            if self.path.exists() and self.path.stat().st_size:
                self._roll()

    def close(self) -> None:
        with self._lock:
            self._close()

    def _append(self, data: bytes) -> None:
        file = self._file or self._open("ab")
        if self._size >= self._limit:
            file = self._roll()
        written = file.write(data) or 0
        self._size += written
        if written < len(data):
            raise OSError(errno.ENOSPC, "only a part was written")

    def _note(self) -> bytes:
        if not self._dropped:
            return b""
        return f"\n--- {self._dropped} lines could not be written ---\n".encode()

    def _roll(self) -> io.FileIO:
        self._close()
        for number in range(self._files - 1, 0, -1):
            with contextlib.suppress(OSError):
                self._numbered(number - 1).replace(self._numbered(number))
        # Emptied if it could not be renamed: better than a file that grows without limit.
        return self._open("wb")

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path

    def _open(self, mode: str) -> io.FileIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = io.FileIO(self.path, mode)
        self._file, self._size = file, file.tell()
        return file

    def _close(self) -> None:
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None
