"""Short commands that run repeatedly beside the stack; the run does not wait for them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bluetick.local.parent_death import ends_with_parent

LONGEST_SECONDS = 120.0
# The first words of the findings of `bluetick doctor`.
PROBLEM = "problem"
BETWEEN = " / "
Take = Callable[[str], None]


@dataclass
class RepeatedCommand:
    """One command that runs at intervals, and its results; `take` is called with its output."""

    name: str
    command: Sequence[str]
    every: float
    folder: Path
    env: Mapping[str, str]
    take: Take = lambda _: None
    runs: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)
    _due: float = 0.0
    _began: float = 0.0
    _process: subprocess.Popen[bytes] | None = None

    def tick(self) -> None:
        """Collects a run that has ended, and starts one that is due."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._due:
                self._due = now + self.every
                self._start(now)
        elif self._process.poll() is not None:
            self._end(now)
        elif now - self._began > LONGEST_SECONDS:
            self.give_up()
            self._end(now)

    def finish(self, seconds: float = LONGEST_SECONDS) -> None:
        """Waits for the current run, and kills it if it takes too long."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.give_up()
        self._end(time.monotonic())

    def give_up(self) -> None:
        """Kills the current run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def once(self) -> str:
        """Runs the command once now, and returns its output. Records a failure as usual."""
        self.finish()
        self._start(time.monotonic())
        self.finish()
        return self._printed

    @property
    def _printed(self) -> str:
        return self._log.read_text("utf-8", "replace")

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def _start(self, now: float) -> None:
        self._began = now
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ends_with_parent(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=dict(self.env),
            )

    def _end(self, now: float) -> None:
        assert self._process is not None
        code, self._process = self._process.returncode, None
        self.runs += 1
        self.slowest = max(self.slowest, now - self._began)
        if code:
            lines = self._printed.strip().splitlines()
            telling = [line for line in lines if line.startswith(PROBLEM)] or lines[-3:]
            self.failures.append(f"exit code {code}: {BETWEEN.join(telling)}")
        else:
            self.take(self._printed)
