"""Starts parts, restarts parts that end by themselves, and ends them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bluetick.local.process import Child
from bluetick.local.restart_pauses import Pauses

Arguments = Callable[[], Sequence[str]]
STOP_SECONDS = {
    "simulator": 30.0,
    "receiver": 30.0,
    "consumer": 60.0,
    "dashboard": 5.0,
    "watcher": 15.0,
}
# Characters of a part's last line to print.
LINE_CHARACTERS = 400


@dataclass
class Part:
    """A child and the arguments of its restarts; None: it is not restarted."""

    child: Child
    again: Arguments | None
    pauses: Pauses
    wanted: bool = True


class Supervisor:
    """The parts by name. A part that ends by itself is restarted after growing pauses.

    `make(name)` returns a new child; `say(text)` prints why a part has ended. Only `end` waits,
    at most STOP_SECONDS of the part, and not after `hurry` is set. Children die with the thread
    that starts them.
    """

    def __init__(
        self,
        make: Callable[[str], Child],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hurry = threading.Event()
        self._make = make
        self._say = say
        self._clock = clock
        self._parts: dict[str, Part] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def start(self, name: str, arguments: Sequence[str], *, again: Arguments | None = None) -> None:
        """Start a new part; `again` returns the arguments of each restart."""
        child = self._make(name)
        child.start(arguments)
        self._parts[name] = Part(child, again, Pauses(self._clock))

    def resume(self, name: str) -> None:
        """Restart a part that `end` has ended."""
        part = self._parts[name]
        assert part.again
        part.wanted = True
        self._start_again(part, part.again)

    def hasten(self, name: str) -> None:
        """Let the next `tend` restart a part that is in a pause."""
        self._parts[name].pauses.cut_short()

    def ended(self) -> Child | None:
        """A part that has ended by itself and has not been restarted yet; None if all run."""
        for part in self._parts.values():
            if part.wanted and not part.child.running:
                return part.child
        return None

    def tend(self) -> Child | None:
        """Restart parts that have ended and whose pause is over.

        Returns a part that has ended and must not be restarted.
        """
        for part in self._parts.values():
            if not part.wanted or part.child.running:
                continue
            if part.again is None:
                return part.child
            if part.pauses.over:
                self._start_again(part, part.again)
            elif not part.pauses.waiting:
                self._say(self._end_of(part.child, part.pauses.begin()))
        return None

    def end(self, name: str, seconds: float | None = None) -> int:
        """End a part, and kill it after `seconds` (default: its STOP_SECONDS).

        Returns its exit code; 0 if it was never started.
        """
        part = self._parts.get(name)
        if part is None:
            return 0
        part.wanted = False
        return part.child.stop(seconds or STOP_SECONDS[name], hurry=self.hurry)

    def log_end(self, name: str) -> str:
        """The path of a part's log, and its last lines."""
        child = self._parts[name].child
        return f"its log {short(child.log)} ends with:\n{child.last_lines()}"

    def _start_again(self, part: Part, arguments: Arguments) -> None:
        try:
            part.child.start(arguments())
        except OSError as error:  # no memory or no process available now
            pause = part.pauses.begin()
            self._say(
                f"The {part.child.name} could not be started ({error.strerror}). "
                f"Trying again in {pause:.0f} s."
            )
            return
        part.pauses.end()

    def _end_of(self, child: Child, pause: float) -> str:
        text = f"The {child.name} ended ({manner(child.exit_code)}). Starting it again in"
        line = child.last_lines().rpartition("\n")[2][:LINE_CHARACTERS]
        if line and (child.exit_code or 0) > 0:  # it ended by itself and printed why
            return f"{text} {pause:.0f} s; its log {short(child.log)} ends with: {line}"
        return f"{text} {pause:.0f} s; its log is {short(child.log)}."


def manner(exit_code: int | None) -> str:
    """How a process ended: its exit code or the signal, in words."""
    if exit_code is not None and exit_code < 0:
        return f"signal {-exit_code}"
    return f"exit code {exit_code}"


def short(file: Path) -> str:
    """The path relative to the working folder if it is inside it."""
    return os.path.relpath(file) if file.resolve().is_relative_to(Path.cwd()) else str(file)
