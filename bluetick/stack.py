"""Everything on one machine: starts broker, receiver, consumer, dashboard and simulator,
watches them, and ends them in order."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from rich.console import Console

from bluetick.broker import EmbeddedBroker
from bluetick.children import Child
from bluetick.past import own_clusters
from bluetick.progress import Gauge, Progress
from bluetick.settings import HOST, Settings
from consumer.warehouse import Location

READY_SECONDS = 60.0
TICK_SECONDS = 0.2
REPORT_SECONDS = 1.0
# Where nobody watches a terminal, a line of this often is enough.
QUIET_REPORT_SECONDS = 10.0
STOP_SECONDS = {"simulator": 30.0, "receiver": 30.0, "consumer": 60.0, "dashboard": 5.0}
DRAIN_SECONDS = 60.0


class StackError(Exception):
    """A part did not start or ended by itself; the message says which, with its last words."""


class Stack:
    """The running parts. Use it as a context manager: leaving it ends them all.

    Must be made and used in the main thread, which the children are tied to.
    """

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings = settings
        self.location = Location.under(settings.data_dir)
        self.stopping = threading.Event()
        self._console = console
        self._logs = settings.data_dir / "logs"
        self._broker: EmbeddedBroker | None = None
        self._children: dict[str, Child] = {}
        self._gauge: Gauge | None = None
        self.hurry = threading.Event()
        self._silenced = False

    def __enter__(self) -> Stack:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts broker, receiver, consumer and dashboard and waits until all are ready.

        Returns early where a signal comes meanwhile. Raises StackError and BrokerError.
        """
        settings = self.settings
        land = ["land"]
        if settings.own_kafka is None:
            self._broker = EmbeddedBroker(settings.broker_port)
            # Its only consumer need not wait for others to join a group.
            land += ["--group-protocol", "static"]
        if not own_clusters(self.location):
            # Each start of the embedded broker was a new cluster, and nothing of it is left.
            land.append("--accept-new-log")
        self._gauge = Gauge(settings.bootstrap, self.location)
        if settings.own_kafka:
            self._console.print(f"Connecting to Kafka at {settings.bootstrap} …")
        self._spawn("receiver", ["receive", "--host", settings.host])
        self._spawn("consumer", land)
        self._spawn("dashboard", ["dashboard", "--host", HOST])
        self._await("receiver", lambda: _answers(f"{settings.receiver_url}/readyz"))
        self._await("consumer", self._gauge.ready)
        self._await("dashboard", lambda: _answers(f"{settings.dashboard_url}/_stcore/health"))

    def simulate(self, arguments: list[str]) -> None:
        """Starts the simulator with these arguments."""
        self._spawn("simulator", ["simulate", *arguments])

    def watch(self, seconds: float | None = None) -> None:
        """Reports the progress until a signal comes or `seconds` are over. Raises StackError."""
        end = None if seconds is None else time.monotonic() + seconds
        with self._status() as show:
            report = 0.0
            while not self.stopping.wait(TICK_SECONDS):
                self._check()
                now = time.monotonic()
                if now >= report:
                    show(self.progress())
                    report = now + REPORT_SECONDS
                if end is not None and now >= end:
                    return

    def end(self, name: str) -> int:
        """Ends one part and returns its exit code; 0 where it never ran."""
        child = self._children.pop(name, None)
        return child.stop(STOP_SECONDS[name], hurry=self.hurry) if child else 0

    def drain(self, seconds: float = DRAIN_SECONDS) -> int | None:
        """Waits until everything received has landed; returns how many events have not, None
        where that cannot be told.

        Less long where the consumer is gone or a second signal comes.
        """
        deadline = time.monotonic() + seconds
        consumer = self._children.get("consumer")
        while True:
            found = self.progress()
            if found and not found.waiting:
                return 0
            gone = consumer is None or not consumer.running
            if gone or time.monotonic() > deadline or self.hurry.wait(TICK_SECONDS):
                return found.waiting if found else None

    def progress(self) -> Progress | None:
        """Counts of this cluster's events; None where they cannot be read just now."""
        return self._gauge.read() if self._gauge else None

    def stop(self) -> None:
        """Ends every part: nothing new comes in, what came in lands, then the rest goes."""
        if self._silenced:
            return
        self._silenced = True
        if self._children:
            self._console.print("Stopping. Ctrl-C again does not wait for what has not landed.")
        if self._broker and not self._broker.running():
            self.hurry.set()  # there is nothing to wait for any more
        self.end("simulator")
        self.end("receiver")
        left = self.drain() if self._broker and "consumer" in self._children else 0
        if left != 0:
            count = "An unknown number of" if left is None else f"{left:,}"
            self._console.print(
                f"{count} received events had not landed; the embedded broker forgets them.",
                style="red",
            )
        for name in ("consumer", "dashboard"):
            self.end(name)
        if self._gauge:
            self._gauge.close()
        if self._broker:
            self._broker.stop()

    def _spawn(self, name: str, arguments: list[str]) -> None:
        environment = self.settings.environment()
        child = Child(name, arguments, logs=self._logs, env=environment)
        child.start()
        self._children[name] = child

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            self._check()
            if self.stopping.wait(0.05):
                return
            if time.monotonic() > deadline:
                raise StackError(
                    f"the {name} was not ready within {READY_SECONDS:.0f} s; "
                    f"{self._words(self._children[name])}"
                )

    def _check(self) -> None:
        """Raises StackError where a part has ended by itself."""
        if self._broker and not self._broker.running():
            raise StackError("the embedded broker has ended by itself; what had not landed is lost")
        for child in self._children.values():
            if not child.running:
                raise StackError(
                    f"the {child.name} has ended by itself with exit code {child.exit_code}; "
                    f"{self._words(child)}"
                )

    def _words(self, child: Child) -> str:
        return f"its log {_short(child.log)} ends with:\n{child.last_words()}"

    def _on_signal(self, _number: int, _frame: object) -> None:
        if self.stopping.is_set():
            self.hurry.set()
        self.stopping.set()

    @contextlib.contextmanager
    def _status(self) -> Iterator[Callable[[Progress | None], None]]:
        """What shows the progress: one live line in a terminal, else a line now and then."""
        if self._console.is_terminal:
            with self._console.status("waiting for the first event") as status:
                yield lambda found: status.update(str(found) if found else "…")
            return
        due = 0.0

        def show(found: Progress | None) -> None:
            nonlocal due
            if found and time.monotonic() >= due:
                due = time.monotonic() + QUIET_REPORT_SECONDS
                self._console.print(str(found))

        yield show


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _short(file: Path) -> str:
    """Relative to here where it is below, as a person would write it."""
    return os.path.relpath(file) if file.resolve().is_relative_to(Path.cwd()) else str(file)
