"""A real schema registry on loopback: Apicurio, which stores its schemas in Kafka."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.maven import fetched, java
from tests.support.ports import HOST, free_ports
from tests.support.process import Child

OLDEST_JAVA = 21
START_SECONDS = 120.0


class Apicurio:
    """The registry of one Kafka. It keeps its schemas when it is killed and started again."""

    def __init__(self, bootstrap: str, directory: Path) -> None:
        """Raises Unavailable if Java or Maven is missing."""
        port, management = free_ports(2)
        self.url = f"http://{HOST}:{port}/apis/ccompat/v7"
        program = fetched("registry") / "quarkus-run.jar"
        self.child = Child(
            [
                *(java(OLDEST_JAVA), "-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                *("-jar", str(program)),
            ],
            log=directory / "registry.log",
            env={
                "APICURIO_STORAGE_KIND": "kafkasql",
                "APICURIO_KAFKASQL_BOOTSTRAP_SERVERS": bootstrap,
                "QUARKUS_HTTP_HOST": HOST,
                "QUARKUS_HTTP_PORT": str(port),
                "QUARKUS_MANAGEMENT_HOST": HOST,
                "QUARKUS_MANAGEMENT_PORT": str(management),
                "QUARKUS_LOG_LEVEL": "WARN",
            },
        )

    def start(self) -> None:
        """Starts the registry, and returns when it answers."""
        self.child.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.child.running, self.child.tail()
            assert time.monotonic() < deadline, self.child.tail()
            time.sleep(0.25)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/subjects", trust_env=False, verify=False).is_success
        except httpx.TransportError:
            return False


@contextmanager
def apicurio(bootstrap: str, directory: Path) -> Iterator[Apicurio]:
    """A running registry, which is ended with the block."""
    registry = Apicurio(bootstrap, directory)
    registry.start()
    try:
        yield registry
    finally:
        registry.child.kill()
