"""Keeps what is accepted in files, for a broker that keeps it in memory only.

A record is in a file before it goes to the broker. After the end of the broker, all that has not
landed is published again to the next. The kernel has the bytes then, so the end of a process
loses nothing; the end of the machine may.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from producer.kafka.acknowledgement import Outgoing, PublishFailed
from producer.kafka.journal_file import CLOSED, OPEN, encode
from schemas.topics import LANDED

TOPICS = frozenset(topic.name for topic in LANDED)  # nothing else lands
SEGMENT_SECONDS = 60.0
SEGMENT_BYTES = 16 * 1024 * 1024


class JournalFile:
    """One file, and the number of POSTs in it that have not ended.

    The process holds a lock on the file: without the lock, its process has ended. Once nothing
    more is written to it and every POST has ended, it is renamed to `.closed`.
    """

    def __init__(self, folder: Path, now: float) -> None:
        """Raises OSError."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = folder / f"{time.time_ns():020}-{os.getpid()}.new"
        self._file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._path = new.rename(new.with_suffix(OPEN))  # only now: nobody sees it unlocked
        self.since = now
        self.size = 0
        self._posts = 0
        self._full = False

    def add(self, content: bytes) -> None:
        """Writes the records of a POST, all or none. Raises OSError."""
        written = os.write(self._file, content)
        if written < len(content):
            os.ftruncate(self._file, self.size)
            raise OSError("not everything was written")
        self.size += written
        self._posts += 1

    def done(self) -> None:
        """Call when a POST has ended: each of its records is acknowledged, or it is refused."""
        self._posts -= 1
        self._close()

    def end(self) -> None:
        """Call when nothing more will be written."""
        self._full = True
        self._close()

    def _close(self) -> None:
        if self._full and not self._posts:
            with contextlib.suppress(OSError):  # then the supervisor does it
                self._path.rename(self._path.with_suffix(CLOSED))
            os.close(self._file)


class Journal:
    """Writes to one segment after another in `folder`."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._segment: JournalFile | None = None

    def add(self, records: Sequence[Outgoing]) -> JournalFile:
        """Writes the records. Call `done` of the result when their POST has ended.

        Raises PublishFailed if they cannot be written.
        """
        content = encode(record for record in records if record.topic in TOPICS)
        try:
            self.turn()
            if self._segment is None:
                self._segment = JournalFile(self._folder, self._clock())
            self._segment.add(content)
        except OSError as error:
            self.close()  # its end may not be a whole record
            raise PublishFailed(
                f"the journal cannot be written ({error.strerror or error})"
            ) from None
        return self._segment

    def turn(self) -> None:
        """Ends a segment that is old or large; call it regularly."""
        segment = self._segment
        if segment and (
            segment.size > SEGMENT_BYTES or self._clock() - segment.since > SEGMENT_SECONDS
        ):
            self.close()

    def close(self) -> None:
        """Ends the segment."""
        segment, self._segment = self._segment, None
        if segment:
            segment.end()
