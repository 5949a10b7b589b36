"""Starts broker, receiver, consumer, dashboard and simulator on one machine, watches them, and
ends them in order."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Sequence

import duckdb
import httpx
from rich.console import Console

from bluetick.local.embedded_cluster import ALARM, WARNING, EmbeddedCluster
from bluetick.local.kept_events import KeptEvents
from bluetick.local.process import Child
from bluetick.local.progress import Progress
from bluetick.local.progress_display import reporting
from bluetick.local.progress_total import Tally
from bluetick.local.supervisor import Supervisor, manner
from bluetick.local.warehouse_origin import own_clusters
from bluetick.options import HOST, Settings
from settings.errors import BluetickError
from settings.limits import variable
from warehouse.connection import Location
from warehouse.transaction import Busy

READY_SECONDS = 60.0
TICK_SECONDS = 0.2
REPORT_SECONDS = 1.0
DRAIN_SECONDS = 60.0


class StackError(BluetickError):
    """A part did not start, or must not be restarted; the message has its last output."""


class Stack:
    """The running parts. Use it as a context manager: on exit, all parts end.

    Make and use it in the main thread: the children die with that thread.
    """

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings = settings
        self.location = Location.of(settings.data_dir)
        self.stopping = threading.Event()
        self._console = console
        self._parts = Supervisor(self._child, self._say)
        self._tally = Tally(settings.bootstrap, self.location)
        self._cluster: EmbeddedCluster | None = None
        self._started = False
        self._stopped = False

    @property
    def hurry(self) -> threading.Event:
        """Set if the end must not wait for events to land."""
        return self._parts.hurry

    def __enter__(self) -> Stack:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start broker, receiver, consumer and dashboard, and wait until all are ready.

        Returns early if a signal arrives. Raises StackError and BrokerError.
        """
        settings = self.settings
        if settings.own_kafka:
            self._console.print(f"Connecting to Kafka at {settings.bootstrap} …")
            self._hand_over()
        else:
            self._cluster = EmbeddedCluster(
                settings.broker_port,
                megabytes=settings.broker_memory_mb,
                parts=self._parts,
                tally=self._tally,
                say=self._say,
                kept=KeptEvents(settings.journal) if settings.durable else None,
            )
        receive = ["receive", "--host", settings.host, "--admin-host", HOST]
        dashboard = ["dashboard", "--host", HOST]
        self._parts.start("receiver", receive, again=lambda: receive)
        self._parts.start("consumer", self._land(), again=self._land)
        self._parts.start("dashboard", dashboard, again=lambda: dashboard)
        self._await("receiver", lambda: _answers(f"{settings.receiver_url}/readyz"))
        self._await("consumer", self._tally.ready)
        self._await("dashboard", lambda: _answers(f"{settings.dashboard_url}/_stcore/health"))
        self._started = True

    def simulate(self, arguments: Sequence[str], *, again: Sequence[str] | None = None) -> None:
        """Start the simulator with these arguments, and restart it with those of `again` if it
        ends by itself. Without `again`, its end is an error."""
        further = None if again is None else (lambda: ["simulate", *again])
        self._parts.start("simulator", ["simulate", *arguments], again=further)

    def send_alerts(self) -> None:
        """Start the watcher, which sends alerts."""
        self._parts.start("watcher", ["watch"], again=lambda: ["watch"])

    def watch(self, seconds: float | None = None) -> None:
        """Keep all parts running and report the progress until a signal arrives or `seconds`
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
        """End one part. Returns its exit code; 0 if it never ran."""
        return self._parts.end(name)

    def drain(self, seconds: float = DRAIN_SECONDS) -> int | None:
        """Wait until every received event has landed. Returns how many have not; None if it is
        not known.

        Restarts a consumer that has ended. Waits less long if some parts did not start, if the
        embedded broker is gone, or if a second signal arrives.
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
        """Counts since the start; None if they cannot be read now."""
        return self._tally.read()

    def stop(self) -> None:
        """End every part: first the receiver, then, after events have landed, the others."""
        if self._stopped:
            return
        self._stopped = True
        if "receiver" in self._parts:
            self._say("Stopping. Ctrl-C again stops without waiting for events to land.", "")
        if self._cluster and not self._cluster.running:
            self._cluster.report_end()
            self.hurry.set()  # nothing is left to wait for
        self.end("simulator")
        self.end("receiver")
        self._empty()
        # The consumer last: only a writer can remove the catalog's write-ahead log when it closes.
        self.end("watcher")
        self.end("dashboard")
        self._tally.close()
        self.end("consumer")
        if self._cluster:
            self._cluster.stop()

    def _empty(self) -> None:
        """Let the events in the embedded broker land, and print how many could not."""
        if self._cluster is None or not self._cluster.running or self._tally.untouched():
            return
        left = self.drain()
        if left != 0:
            count = "An unknown number of" if left is None else f"{left:,}"
            end = (
                "they are kept, and land after the next start"
                if self.settings.durable
                else "they are lost with the embedded broker"
            )
            self._say(f"{count} received events had not landed; {end}.", ALARM)
            return
        self._cluster.forget()

    def _hand_over(self) -> None:
        """Publish to one's own Kafka what was kept for an embedded broker. Raises BrokerError."""
        kept = KeptEvents(self.settings.journal)
        if count := kept.publish(self.settings.bootstrap):
            self._say(f"{count:,} events that were kept for the embedded broker are published.")
        kept.clear()

    def _land(self) -> list[str]:
        """The consumer's arguments for its next start."""
        land = ["land"]
        if self._cluster:
            # There is only one consumer, so it needs no group; and each embedded broker is a new
            # cluster.
            return [*land, "--group-protocol", "static", "--accept-new-log"]
        with contextlib.suppress(
            Busy, duckdb.Error
        ):  # not readable now: then do not accept it unasked
            if not own_clusters(self.location):
                land.append("--accept-new-log")  # all earlier clusters were embedded ones
        return land

    def _child(self, name: str) -> Child:
        logs = self.settings.data_dir / "logs"
        # No load balancer has to notice that its receiver ends.
        env = {variable("drain_seconds"): "0"} | self.settings.environment()
        return Child(name, logs=logs, env=env)

    def _say(self, text: str, style: str = WARNING) -> None:
        with contextlib.suppress(OSError):  # such as a full disk: must not end what runs
            self._console.print(text, style=style)

    def _tend(self) -> None:
        if self._cluster:
            self._cluster.tend()
        if gone := self._parts.tend():
            raise StackError(self._end_of(gone))

    def _report(self, show: Callable[[Progress | None], None]) -> None:
        if self._cluster and not self._cluster.running:
            return  # the broker would not answer
        found = self.progress()
        show(found)
        if self._cluster:
            self._cluster.relieve(found)

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            began = time.monotonic()
            if ready():
                return
            if self._cluster and not self._cluster.running:
                raise StackError("the embedded broker has ended by itself")
            if gone := self._parts.ended():
                raise StackError(self._end_of(gone))
            # To look takes the processor from the part that starts.
            if self.stopping.wait(max(0.05, 3 * (time.monotonic() - began))):
                return
            if time.monotonic() > deadline:
                raise StackError(
                    f"the {name} was not ready within {READY_SECONDS:.0f} s; "
                    f"{self._parts.log_end(name)}"
                )

    def _end_of(self, child: Child) -> str:
        return (
            f"the {child.name} has ended by itself ({manner(child.exit_code)}); "
            f"{self._parts.log_end(child.name)}"
        )

    def _on_signal(self, _number: int, _frame: object) -> None:
        if self.stopping.is_set():
            self.hurry.set()
        self.stopping.set()


def _answers(url: str) -> bool:
    try:
        # Over plain HTTP: to read the certificates of all authorities would take 15 ms each time.
        return httpx.get(url, timeout=2, trust_env=False, verify=False).status_code == 200
    except httpx.TransportError:
        return False
