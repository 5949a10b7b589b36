"""A child process for tests that can be started, killed and frozen; it ends with the tests."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bluetick.local.parent_death import ends_with_parent


class Child:
    """One program and its log file; it can be started again after its end.

    Linux ends the child with the thread that called `start`: call it from a thread that stays.
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
        """The exit code: negative for a signal, None while the program runs."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Starts the program; its output goes to the log. Raises RuntimeError if it runs."""
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
        """Sends a signal if the program is still running."""
        if self._process is not None:
            self._process.send_signal(number)

    def pause(self) -> None:
        """Freezes the program: its connections stay open, but it does not answer."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kills the program, like a power failure."""
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


def freeze(pid: int) -> None:
    """Stops a child process, and waits until it has stopped: a signal does not stop it at once."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
