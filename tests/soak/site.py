"""Starts and ends everything in a run: Kafka, `bluetick up`, providers and viewers."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import httpx
import psutil

from tests.soak.options import Options
from tests.support.command import environment
from tests.support.kafka import Kafka
from tests.support.maven import Unavailable
from tests.support.ports import HOST, free_ports
from tests.support.process import Child

ROOT = Path(__file__).parents[2]
# The default on a machine with 2 GB; used on any machine.
MEMORY_LIMIT = "300MB"
READY = "Bluetick is running"
CONFIG = '[sources.local]\nauth = "none"\n'
START_SECONDS = 120.0
# The longest time that `bluetick up` waits for its parts, one after the other.
STOP_SECONDS = 100.0


class SiteError(Exception):
    """A part did not start, or ended by itself; the message names it, with its last output."""


class Site:
    """The processes of one run. Use it as a context manager, so that all of them end.

    Make and use it in the main thread, because the children end with that thread.
    """

    def __init__(self, options: Options, logs: Path, work: Path) -> None:
        self._options, self._logs = options, logs
        self.work = work
        self.data_dir = work / "data"
        receiver, admin, dashboard, broker, metrics = free_ports(5)
        self.receiver_url = f"http://{HOST}:{receiver}"
        self.dashboard_url = f"http://{HOST}:{dashboard}"
        self.metrics_url = f"http://{HOST}:{metrics}/metrics"
        self._broker_port = broker
        self.kafka: Kafka | None = None
        self.note = ""
        config = work / "soak.toml"
        config.write_text(CONFIG, "utf-8")
        self.env = environment(
            # Files in the current folder must have no effect.
            PYTHONPATH=str(ROOT),
            KAFKA_BOOTSTRAP_SERVERS="",
            SCHEMA_REGISTRY_URL="",
            RUST_BACKTRACE="0",
            BLUETICK_CONFIG=str(config),
            BLUETICK_DATA_DIR=str(self.data_dir),
            BLUETICK_RECEIVER_PORT=str(receiver),
            BLUETICK_ADMIN_PORT=str(admin),
            BLUETICK_DASHBOARD_PORT=str(dashboard),
            BLUETICK_BROKER_PORT=str(broker),
            BLUETICK_CONSUMER_METRICS_PORT=str(metrics),
            BLUETICK_MEMORY_LIMIT=MEMORY_LIMIT,
            BLUETICK_MAINTENANCE_SECONDS=f"{options.maintenance_seconds:g}",
            BLUETICK_KEEP_SNAPSHOTS_SECONDS=f"{options.keep_seconds:g}",
        )
        self._children: dict[str, Child] = {}

    @property
    def bootstrap(self) -> str:
        return self.kafka.bootstrap if self.kafka else f"{HOST}:{self._broker_port}"

    @property
    def up(self) -> psutil.Process:
        return psutil.Process(self._children["up"].pid)

    def start(self) -> None:
        """Starts broker and stack, and waits until all are ready. Raises SiteError."""
        self._start_kafka()
        self._spawn("up", ["-m", "bluetick", "up"])
        self._await("up", lambda: READY in self._children["up"].tail(200))

    def begin(self) -> None:
        """Starts the providers and the viewers."""
        self._spawn("load", ["-m", "tests.soak.load", self.receiver_url])
        self._spawn("viewers", ["-m", "tests.soak.viewers", self.dashboard_url])

    def check(self) -> None:
        """Raises SiteError if a process has ended by itself."""
        for name, child in self._children.items():
            if not child.running:
                raise SiteError(f"{name} has ended with {child.exit_code}:\n{child.tail()}")

    def stop(self, name: str, seconds: float = STOP_SECONDS) -> int:
        """Ends one process. Returns its exit code; 0 if it was not running."""
        child = self._children.pop(name, None)
        return child.stop(seconds) if child else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("viewers", "load", "up"):
            with contextlib.suppress(ProcessLookupError):
                self.stop(name)
        if self.kafka:
            self.kafka.stop()

    def _start_kafka(self) -> None:
        """Raises SiteError if Apache Kafka is required and cannot run."""
        if self._options.broker == "embedded":
            return
        try:
            self.kafka = Kafka(self.work / "kafka").start()
        except Unavailable as error:  # a broker that has not come up dies with this process
            if self._options.broker == "apache":
                raise SiteError(str(error)) from None
            self.note = f"on the embedded broker, because Apache Kafka cannot run here: {error}"
        else:
            self.env["KAFKA_BOOTSTRAP_SERVERS"] = self.kafka.bootstrap

    def _spawn(self, name: str, arguments: list[str]) -> None:
        more = {
            "load": [f"{self._options.rate:g}", str(self.work)],
            "viewers": [str(self._options.viewers), str(self.work / "viewers.json")],
        }
        command = [sys.executable, *arguments, *more.get(name, ())]
        child = Child(command, log=self._logs / f"{name}.log", env=self.env)
        child.start()
        self._children[name] = child

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise SiteError(
                    f"{name} was not ready in {START_SECONDS:.0f} s:\n{self._children[name].tail()}"
                )
            time.sleep(0.1)


def lag(metrics_url: str) -> float | None:
    """Records in Kafka that have not landed, from the consumer's metrics; None if unknown."""
    try:
        text = httpx.get(metrics_url, timeout=2, trust_env=False).text
    except httpx.TransportError:
        return None
    lines = [line for line in text.splitlines() if line.startswith("bluetick_lag_records")]
    return sum(float(line.split()[-1]) for line in lines) if lines else None
