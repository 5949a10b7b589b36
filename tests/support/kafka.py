"""A real Apache Kafka on loopback: one node, broker and controller, that tests may kill.

To run it by hand: `python -m tests.support.kafka`.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from settings.kafka import client_config
from tests.support.maven import Unavailable, fetched, java, version
from tests.support.ports import HOST, free_ports, listening
from tests.support.process import Child

OLDEST_JAVA = 17
LARGEST_RECORD = 32 * 1024 * 1024
HEAP = "400m"
# Small, and fast to start and to rebalance. One node can hold only one replica.
SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(LARGEST_RECORD),
    "replica.fetch.max.bytes": str(LARGEST_RECORD),
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "3",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # After a kill, the next start of the broker waits until its former session has expired.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.session.timeout.ms": "4000",
    "group.consumer.min.heartbeat.interval.ms": "500",
    "group.consumer.heartbeat.interval.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
    "log.cleaner.threads": "1",
    # A killed broker reads its log again; what it acknowledged must be found there.
    "log.segment.bytes": str(64 * 1024 * 1024),
}


class Kafka:
    """One node whose log stays in `directory`, so that it survives a kill and a restart."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        ports = free_ports(2)
        self.directory = directory
        self.port = port or ports[0]
        self._controller = ports[1]
        self._overrides = dict(settings or {})
        self._libs = fetched("kafka") / "libs"
        self._program = java(OLDEST_JAVA)
        self._config = directory / "server.properties"
        self.child = Child(
            self._java("kafka.Kafka", str(self._config)), log=directory / "server.log"
        )

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    def launch(self) -> None:
        """Formats the log if it is new, and starts the broker, without waiting for it."""
        if not self._config.exists():
            self._format()
        self.child.start()

    def start(self, timeout: float = 120.0) -> Self:
        """Starts the broker and waits until it answers. Raises Unavailable if it does not."""
        self.launch()
        self.await_ready(timeout)
        return self

    def await_ready(self, timeout: float = 120.0) -> None:
        """Returns as soon as the broker answers with its metadata. Raises Unavailable."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.child.running:
                raise Unavailable(f"Kafka ended at its start:\n{self.child.tail()}")
            if listening(self.port) and self._answers():
                return
            time.sleep(0.1)
        raise Unavailable(f"Kafka was not ready in {timeout:.0f} s:\n{self.child.tail()}")

    def stop(self) -> None:
        """Ends the broker cleanly."""
        self.child.stop()

    def kill(self) -> None:
        """Kills the broker. Data that it did not flush is still in the system's page cache."""
        self.child.kill()

    def pause(self) -> None:
        self.child.pause()

    def resume(self) -> None:
        self.child.resume()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        admin = AdminClient({**client_config(self.bootstrap), "log_level": 0})
        try:
            return bool(admin.list_topics(timeout=10).brokers)
        except KafkaException:
            return False

    def _java(self, main: str, *arguments: str) -> list[str]:
        return [
            self._program,
            f"-Xmx{HEAP}",
            "-Xms128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
            "-cp",
            f"{self._libs}{os.sep}*",
            main,
            *arguments,
        ]

    def _format(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        settings = {
            **SETTINGS,
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self._controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "controller.quorum.voters": f"1@{HOST}:{self._controller}",
            "log.dirs": str(self.directory / "log"),
            **self._overrides,
        }
        draft = self._config.with_suffix(".new")
        draft.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), "utf-8")
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Written with a sign of equality, since an id may begin with a dash.
        options = (f"--cluster-id={cluster}", "--config", str(draft))
        command = self._java("kafka.tools.StorageTool", "format", *options)
        formatted = subprocess.run(command, capture_output=True, text=True, check=False)
        if formatted.returncode:
            raise Unavailable(f"the log could not be formatted:\n{formatted.stderr[-2000:]}")
        draft.rename(self._config)


def main() -> int:
    """Runs one Kafka in the foreground until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.kafka", description=__doc__)
    parser.add_argument("--port", type=int, help="default: a free one")
    parser.add_argument("--directory", type=Path, help="keeps the log; default: a new one")
    parser.add_argument("--fetch", action="store_true", help="only fetch the jars, then end")
    arguments = parser.parse_args()
    try:
        if arguments.fetch:
            print(f"Apache Kafka {version('kafka')}: {fetched('kafka')}")
            return 0
        with tempfile.TemporaryDirectory(prefix="bluetick-kafka-") as temporary:
            directory = arguments.directory or Path(temporary)
            with Kafka(directory, port=arguments.port) as kafka:
                print(f"Apache Kafka {version('kafka')} is ready. Ctrl-C ends it.")
                print(f"KAFKA_BOOTSTRAP_SERVERS={kafka.bootstrap}", flush=True)
                signal.signal(signal.SIGTERM, signal.default_int_handler)
                try:
                    return kafka.child.wait(timeout=10**9)
                except KeyboardInterrupt:
                    return 0
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
