"""A child process for tests that can be started, killed and frozen; it ends with the tests."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bluetick.local.parent_death import ends_with_parent


class Child:
    """One program and its log file; it can be started again after it ended.

    Linux ties the child to the thread that called `start`: call it from one that stays.
    """

    def __init__(
        self, argv: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.argv = list(argv)
        self.log = log
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the running or last program. Raises RuntimeError before the first."""
        if self._process is None:
            raise RuntimeError("not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def frozen(self) -> bool:
        """Whether it was stopped by a signal and not resumed."""
        look = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        return self.running and os.waitid(os.P_PID, self.pid, look) is not None

    @property
    def exit_code(self) -> int | None:
        """As subprocess says it: negative for a signal, None while it runs."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Starts the program; its output is appended to the log. RuntimeError if it runs."""
        if self.running:
            raise RuntimeError(f"already running as {self.pid}")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ends_with_parent(self.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
            )

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal where the program still runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def pause(self) -> None:
        """Freezes the program: its connections stay open and it answers nothing."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends the program at once, as a power cut would."""
        self.signal(signal.SIGKILL)
        self.wait(60)

    def stop(self, timeout: float = 60.0) -> int:
        """Asks the program to end and returns its exit code; kills it after `timeout` seconds."""
        self.resume()
        self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.wait(60)

    def wait(self, timeout: float) -> int:
        """The exit code. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        return 0 if self._process is None else self._process.wait(timeout)

    def tail(self, lines: int = 20) -> str:
        """The end of the log, for error messages."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
