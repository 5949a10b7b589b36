"""A child process and its log file."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from bluetick.local.log_file import LogFile
from bluetick.local.parent_death import ends_with_parent

TAIL_LINES = 15
LINE_BYTES = 16 * 1024
HURRY_SECONDS = 1.0
# Its output is read by then, unless one of its own children still holds the pipe.
READ_SECONDS = 1.0


class Child:
    """One `bluetick` command as a process; it dies with the thread that starts it.

    Its output goes through a pipe into a log file of bounded size.
    """

    def __init__(self, name: str, *, logs: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self._file = LogFile(self.log)
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._tail: deque[bytes] = deque(maxlen=TAIL_LINES)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Exit code; None before the start and while it runs, negative for a signal."""
        return None if self._process is None else self._process.poll()

    def start(self, arguments: Sequence[str]) -> None:
        """Start the process. The first start begins a new log and keeps the former as `.1`;
        later starts append. Raises OSError if the system allows no more processes.
        """
        if self._process is None:
            self._file.put_aside()
        else:
            self._file.write(b"--- started again ---\n")
        # Its own session: Ctrl-C then reaches only the parent, which ends the children in order.
        process = subprocess.Popen(
            ends_with_parent([sys.executable, "-m", "bluetick", *arguments]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._env,
            start_new_session=True,
        )
        assert process.stdout is not None
        self._process, self._tail = process, deque(maxlen=TAIL_LINES)
        self._reader = threading.Thread(
            target=self._read, args=(process.stdout, self._tail), daemon=True
        )
        self._reader.start()

    def stop(self, seconds: float, *, hurry: threading.Event) -> int:
        """Send SIGTERM, then SIGKILL after `seconds`, or about a second after `hurry` is set.
        Returns the exit code.
        """
        if self._process is None:
            return 0
        code = self._end(self._process, time.monotonic() + seconds, hurry)
        self._await_reader()
        self._file.close()
        return code

    def last_lines(self) -> str:
        """The last lines it has printed since its last start."""
        self._await_reader()
        return b"".join(tuple(self._tail)).decode("utf-8", "replace").strip()

    def _end(
        self, process: subprocess.Popen[bytes], deadline: float, hurry: threading.Event
    ) -> int:
        if self.running:
            process.send_signal(signal.SIGTERM)
        while time.monotonic() < deadline:
            try:
                return process.wait(HURRY_SECONDS)
            except subprocess.TimeoutExpired:
                if hurry.is_set():
                    break
        process.kill()
        return process.wait()

    def _read(self, pipe: IO[bytes], tail: deque[bytes]) -> None:
        with pipe:
            while line := pipe.readline(LINE_BYTES):
                tail.append(line)
                self._file.write(line)

    def _await_reader(self) -> None:
        if self._reader:
            self._reader.join(READ_SECONDS)
