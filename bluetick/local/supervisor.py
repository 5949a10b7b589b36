"""Starts parts, starts those again that end by themselves, and ends them."""

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
STOP_SECONDS = {"simulator": 30.0, "receiver": 30.0, "consumer": 60.0, "dashboard": 5.0}
# As much of a part's last line as helps to understand it.
LINE_CHARACTERS = 400


@dataclass
class Part:
    """A child, and with which arguments it is started again; None: it is not."""

    child: Child
    again: Arguments | None
    pauses: Pauses
    wanted: bool = True


class Supervisor:
    """The parts by name. One that ends by itself is started again after ever longer pauses.

    `make` gives a new child its name; `say` tells people about each end. Only `end` waits, at
    most for the part's STOP_SECONDS, and no longer once `hurry` is set. Children die with the
    thread that starts them.
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
        """Starts a new part; `again` gives the arguments of each further start."""
        child = self._make(name)
        child.start(arguments)
        self._parts[name] = Part(child, again, Pauses(self._clock))

    def resume(self, name: str) -> None:
        """Starts a part again that `end` ended."""
        part = self._parts[name]
        assert part.again
        part.wanted = True
        self._start_again(part, part.again)

    def hasten(self, name: str) -> None:
        """Has a part in a pause started again by the next `tend`."""
        self._parts[name].pauses.cut_short()

    def ended(self) -> Child | None:
        """A part that has ended by itself and is not started again by then."""
        for part in self._parts.values():
            if part.wanted and not part.child.running:
                return part.child
        return None

    def tend(self) -> Child | None:
        """Starts again what has ended and whose pause is over.

        Returns a part that has ended and is not to be started again.
        """
        for part in self._parts.values():
            if not part.wanted or part.child.running:
                continue
            if part.again is None:
                return part.child
            if part.pauses.over:
                self._start_again(part, part.again)
            elif not part.pauses.waiting:
                self._say(self._obituary(part.child, part.pauses.begin()))
        return None

    def end(self, name: str, seconds: float | None = None) -> int:
        """Ends a part, killing it after `seconds`, by default what it may need.

        Its exit code; 0 where it was never started.
        """
        part = self._parts.get(name)
        if part is None:
            return 0
        part.wanted = False
        return part.child.stop(seconds or STOP_SECONDS[name], hurry=self.hurry)

    def words(self, name: str) -> str:
        """Where a part's log is, and how it ends."""
        child = self._parts[name].child
        return f"its log {short(child.log)} ends with:\n{child.last_words()}"

    def _start_again(self, part: Part, arguments: Arguments) -> None:
        try:
            part.child.start(arguments())
        except OSError as error:  # no memory or no process to be had just now
            pause = part.pauses.begin()
            self._say(
                f"The {part.child.name} could not be started ({error.strerror}). "
                f"Trying again in {pause:.0f} s."
            )
            return
        part.pauses.end()

    def _obituary(self, child: Child, pause: float) -> str:
        said = f"The {child.name} ended ({manner(child.exit_code)}). Starting it again in"
        line = child.last_words().rpartition("\n")[2][:LINE_CHARACTERS]
        if line and (child.exit_code or 0) > 0:  # it ended on purpose, and says why
            return f"{said} {pause:.0f} s; its log {short(child.log)} ends with: {line}"
        return f"{said} {pause:.0f} s; its log is {short(child.log)}."


def manner(exit_code: int | None) -> str:
    """How a process ended, in words: its exit code, or the signal that ended it."""
    if exit_code is not None and exit_code < 0:
        return f"signal {-exit_code}"
    return f"exit code {exit_code}"


def short(file: Path) -> str:
    """Relative to here where it is below, as a person would write it."""
    return os.path.relpath(file) if file.resolve().is_relative_to(Path.cwd()) else str(file)
