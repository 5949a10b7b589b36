"""Everything on one machine: starts broker, receiver, consumer, dashboard and simulator,
watches them, and ends them in order."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Sequence

import duckdb
import httpx
from rich.console import Console

from bluetick.local.embedded_cluster import ALARM, WARNING, Cluster
from bluetick.local.process import Child
from bluetick.local.progress import Progress
from bluetick.local.progress_display import reporting
from bluetick.local.progress_total import Tally
from bluetick.local.supervisor import Supervisor, manner
from bluetick.local.warehouse_origin import own_clusters
from bluetick.options import HOST, Settings
from settings.errors import BluetickError
from warehouse.connection import Location
from warehouse.transaction import Busy

READY_SECONDS = 60.0
TICK_SECONDS = 0.2
REPORT_SECONDS = 1.0
DRAIN_SECONDS = 60.0


class StackError(BluetickError):
    """A part did not start, or is not to be started again; the message says which, with its
    last words."""


class Stack:
    """The running parts. Use it as a context manager: leaving it ends them all.

    Must be made and used in the main thread, which the children are tied to.
    """

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings = settings
        self.location = Location.under(settings.data_dir)
        self.stopping = threading.Event()
        self._console = console
        self._parts = Supervisor(self._child, self._say)
        self._tally = Tally(settings.bootstrap, self.location)
        self._cluster: Cluster | None = None
        self._started = False
        self._stopped = False

    @property
    def hurry(self) -> threading.Event:
        """Set where the end must not wait for anything."""
        return self._parts.hurry

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
        if settings.own_kafka:
            self._console.print(f"Connecting to Kafka at {settings.bootstrap} …")
        else:
            self._cluster = Cluster(
                settings.broker_port,
                megabytes=settings.broker_memory_mb,
                parts=self._parts,
                tally=self._tally,
                say=self._say,
            )
        receive = ["receive", "--host", settings.host]
        dashboard = ["dashboard", "--host", HOST]
        self._parts.start("receiver", receive, again=lambda: receive)
        self._parts.start("consumer", self._land(), again=self._land)
        self._parts.start("dashboard", dashboard, again=lambda: dashboard)
        self._await("receiver", lambda: _answers(f"{settings.receiver_url}/readyz"))
        self._await("consumer", self._tally.ready)
        self._await("dashboard", lambda: _answers(f"{settings.dashboard_url}/_stcore/health"))
        self._started = True

    def simulate(self, arguments: Sequence[str], *, again: Sequence[str] | None = None) -> None:
        """Starts the simulator with these arguments; with those of `again` should it end by
        itself. Without them its end is the end of all."""
        further = None if again is None else (lambda: ["simulate", *again])
        self._parts.start("simulator", ["simulate", *arguments], again=further)

    def watch(self, seconds: float | None = None) -> None:
        """Keeps all parts running and reports the progress until a signal comes or `seconds`
        are over. Raises StackError."""
        end = None if seconds is None else time.monotonic() + seconds
        with reporting(self._console) as show:
            report = 0.0
            while not self.stopping.wait(TICK_SECONDS):
                self._tend()
                now = time.monotonic()
                if now >= report:
                    self._report(show)
                    report = now + REPORT_SECONDS
                if end is not None and now >= end:
                    return

    def end(self, name: str) -> int:
        """Ends one part and returns its exit code; 0 where it never ran."""
        return self._parts.end(name)

    def drain(self, seconds: float = DRAIN_SECONDS) -> int | None:
        """Waits until everything received has landed; returns how many events have not, None
        where that cannot be told.

        A consumer that has ended is started again for it. Less long where not all parts could
        even start, the embedded broker is gone, or a second signal comes.
        """
        deadline = time.monotonic() + seconds
        if self._started:
            self._parts.hasten("consumer")
        while True:
            found = self.progress()
            if found and not found.waiting:
                return 0
            if self._started:
                self._parts.tend()
            gone = self._parts.ended() if not self._started else None
            lost = self._cluster and not self._cluster.running
            if gone or lost or time.monotonic() > deadline or self.hurry.wait(TICK_SECONDS):
                return found.waiting if found else None

    def progress(self) -> Progress | None:
        """Counts since the start; None where they cannot be read just now."""
        return self._tally.read()

    def stop(self) -> None:
        """Ends every part: nothing new comes in, what came in lands, then the rest goes."""
        if self._stopped:
            return
        self._stopped = True
        if "receiver" in self._parts:
            self._say("Stopping. Ctrl-C again does not wait for what has not landed.", "")
        if self._cluster and not self._cluster.running:
            self._cluster.mourn()
            self.hurry.set()  # there is nothing to wait for any more
        self.end("simulator")
        self.end("receiver")
        self._empty()
        # The consumer last: who only reads cannot end the catalog's write-ahead log on leaving it.
        self.end("dashboard")
        self._tally.close()
        self.end("consumer")
        if self._cluster:
            self._cluster.stop()

    def _empty(self) -> None:
        """Lands what is in the embedded broker, and says where that was not possible."""
        if self._cluster is None or not self._cluster.running or self._tally.untouched():
            return
        left = self.drain()
        if left != 0:
            count = "An unknown number of" if left is None else f"{left:,}"
            self._say(
                f"{count} received events had not landed; the embedded broker forgets them.", ALARM
            )

    def _land(self) -> list[str]:
        """The consumer's arguments, at each of its starts."""
        land = ["land"]
        if self._cluster:
            # Its only consumer need not wait for others to join a group, and each embedded broker
            # is a cluster of its own.
            return [*land, "--group-protocol", "static", "--accept-new-log"]
        with contextlib.suppress(Busy, duckdb.Error):  # cannot be read just now: then not unasked
            if not own_clusters(self.location):
                land.append("--accept-new-log")  # all before were embedded, and are gone
        return land

    def _child(self, name: str) -> Child:
        logs = self.settings.data_dir / "logs"
        return Child(name, logs=logs, env=self.settings.environment())

    def _say(self, text: str, style: str = WARNING) -> None:
        with contextlib.suppress(OSError):  # such as a full disk: must not end what runs
            self._console.print(text, style=style)

    def _tend(self) -> None:
        if self._cluster:
            self._cluster.tend()
        if gone := self._parts.tend():
            raise StackError(self._obituary(gone))

    def _report(self, show: Callable[[Progress | None], None]) -> None:
        if self._cluster and not self._cluster.running:
            return  # nobody would answer
        found = self.progress()
        show(found)
        if self._cluster:
            self._cluster.relieve(found)

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if self._cluster and not self._cluster.running:
                raise StackError("the embedded broker has ended by itself")
            if gone := self._parts.ended():
                raise StackError(self._obituary(gone))
            if self.stopping.wait(0.05):
                return
            if time.monotonic() > deadline:
                raise StackError(
                    f"the {name} was not ready within {READY_SECONDS:.0f} s; "
                    f"{self._parts.words(name)}"
                )

    def _obituary(self, child: Child) -> str:
        return (
            f"the {child.name} has ended by itself ({manner(child.exit_code)}); "
            f"{self._parts.words(child.name)}"
        )

    def _on_signal(self, _number: int, _frame: object) -> None:
        if self.stopping.is_set():
            self.hurry.set()
        self.stopping.set()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
