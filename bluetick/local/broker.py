"""The embedded broker: one Kafka-compatible process that keeps its events in memory only."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from bluetick.local.broker_program import NoProgram, broker_program
from bluetick.local.parent_death import ends_with_parent
from settings.errors import BluetickError

HOST = "127.0.0.1"
# Marks in the warehouse that a cluster was an embedded one, which no longer exists.
CLUSTER_PREFIX = "bluetick-embedded-"


class BrokerError(BluetickError):
    """The embedded broker cannot run."""


class EmbeddedBroker:
    """One running broker on the loopback interface, with its own cluster id.

    Every start makes a new, empty cluster; offsets of earlier ones have no meaning here. The
    process dies with the thread that started it, so start it from a thread that lives as long as
    the broker is needed. Use it as a context manager, or call `stop`.
    """

    def __init__(self, port: int, *, ready_timeout: float = 10.0) -> None:
        """Start on `port` (0: any free port) and return when it answers. Raises BrokerError."""
        self.port = port or free_port()
        self.bootstrap = f"{HOST}:{self.port}"
        self.cluster_id = f"{CLUSTER_PREFIX}{uuid.uuid4().hex}"
        _refuse_taken(self.port)
        url = f"tcp://{self.bootstrap}"
        self._process = _spawn(
            [
                *(_binary(), "broker"),
                *("--cluster-id", self.cluster_id),
                *("--listener-url", url),
                *("--advertised-listener-url", url),
                *("--storage-engine", "memory://bluetick/"),
            ]
        )
        try:
            self._await_ready(time.monotonic() + ready_timeout)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    def resident(self) -> int | None:
        """Bytes of memory it uses; None if the system does not say."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return _resident_from_ps(self.pid)

    def stop(self) -> None:
        """End the process; a second call does nothing.

        SIGKILL, because it has nothing to save, and on SIGTERM it waits for every client to
        disconnect.
        """
        if self.running():
            self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _await_ready(self, deadline: float) -> None:
        """Wait until the broker reports our cluster id: another broker may have the port."""
        while not _listens(self.port):
            self._check(deadline)
            time.sleep(0.01)
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        while True:
            try:
                found = admin.list_topics(timeout=1).cluster_id
            except KafkaException:
                found = None
            if found == self.cluster_id:
                return
            if found is not None:
                raise BrokerError(_taken(self.port))
            self._check(deadline)

    def _check(self, deadline: float) -> None:
        if not self.running():
            raise BrokerError(
                f"the embedded broker on port {self.port} ended at once; "
                "choose another port with --broker-port or BLUETICK_BROKER_PORT"
            )
        if time.monotonic() > deadline:
            raise BrokerError(f"the embedded broker on port {self.port} does not answer")


def free_port() -> int:
    """A port of the loopback interface on which nothing listens at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise BrokerError(f"{_taken(port)} ({error.strerror})") from None


def _taken(port: int) -> str:
    return (
        f"port {port} is taken: choose another with --broker-port or BLUETICK_BROKER_PORT, or set "
        "KAFKA_BOOTSTRAP_SERVERS if a Kafka you want to use listens there"
    )


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _resident_from_ps(pid: int) -> int | None:
    """Bytes of memory a process uses, on systems without /proc."""
    try:
        output = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
        )
        return int(output.stdout) * 1024
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _binary() -> str:
    try:
        return broker_program()
    except NoProgram as error:
        raise BrokerError(str(error)) from None


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    # Its own session: Ctrl-C in the terminal then reaches only the parent, which stops the broker
    # last, after the receiver has got its acknowledgements.
    return subprocess.Popen(
        ends_with_parent(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
