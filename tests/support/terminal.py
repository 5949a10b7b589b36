"""`bluetick sql` in a pseudo-terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.command import BLUETICK, environment


class Terminal:
    """`bluetick sql` in its own terminal, into which the test types lines."""

    def __init__(self, data: Path, kind: str = "dumb") -> None:
        self._main, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (40, 200))
        self.process = subprocess.Popen(
            [*BLUETICK, "sql", "--data-dir", str(data)],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            # This terminal does not answer when it is asked for the position of its cursor.
            env=environment(TERM=kind, PROMPT_TOOLKIT_NO_CPR="1"),
            start_new_session=True,
        )
        os.close(terminal)
        self.greeting = ""
        self._unread = ""

    def until(self, prompt: str) -> str:
        """The output before the next prompt."""
        text = ""
        while not text.endswith(prompt):
            text += os.read(self._main, 1).decode("utf-8", "replace")
        return text.removesuffix(prompt).replace("\r\n", "\n")

    def type(self, line: str, prompt: str = "bluetick> ") -> str:
        """Types a line and returns the answer, without the line's echo."""
        self.begin(line)
        return self.until(prompt)

    def press(self, keys: str, shown: str) -> None:
        """Presses keys and waits until it has written something new that matches `shown`."""
        os.write(self._main, keys.encode())
        while not (found := re.search(shown, self._unread, re.DOTALL)):
            self._unread += os.read(self._main, 4096).decode("utf-8", "replace")
        self._unread = self._unread[found.end() :]

    def begin(self, line: str) -> None:
        """Types a line without waiting for its answer."""
        os.write(self._main, f"{line}\n".encode())
        self.until("\r\n")

    def interrupted(self, prompt: str = "bluetick> ") -> str:
        """Sends Ctrl-C, and returns the output before the prompt.

        Repeats it if there is no effect: Python may miss a signal while a prompt appears.
        """
        while True:
            self.process.send_signal(signal.SIGINT)
            if select.select([self._main], [], [], 3)[0]:
                return self.until(prompt)

    def seconds_computed(self) -> float:
        """CPU seconds of the process so far."""
        return sum(psutil.Process(self.process.pid).cpu_times()[:2])

    def leave(self, keys: str = ".quit\r") -> int:
        os.write(self._main, keys.encode())
        code = self.process.wait(120)
        os.close(self._main)
        return code


@contextmanager
def terminal_of(data: Path, kind: str) -> Iterator[Terminal]:
    """A terminal of this kind (TERM), whose process is killed at the end if it still runs."""
    terminal = Terminal(data, kind)
    try:
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()
