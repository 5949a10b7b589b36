"""A child process with its log file: started, watched, and ended in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bluetick.tether import tethered

TAIL_LINES = 15
HURRY_SECONDS = 1.0


class Child:
    """One `bluetick` command as a process of its own; it dies with the thread that starts it."""

    def __init__(
        self, name: str, arguments: Sequence[str], *, logs: Path, env: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self._command = [sys.executable, "-m", "bluetick", *arguments]
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None before the start and while it runs; negative for a signal."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Starts it with a new log; the one before is kept beside it as `.1`."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("wb") as log:
            # A session of its own: Ctrl-C reaches the parent only, which ends the children
            # in order.
            self._process = subprocess.Popen(
                tethered(self._command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )

    def stop(self, seconds: float, *, hurry: threading.Event) -> int:
        """Asks it to end, and kills it where it has not after `seconds`, or a moment after
        `hurry` is set. The exit code.
        """
        if self._process is None:
            return 0
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                return self._process.wait(HURRY_SECONDS)
            except subprocess.TimeoutExpired:
                if hurry.is_set():
                    break
        self._process.kill()
        return self._process.wait()

    def last_words(self) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:])
