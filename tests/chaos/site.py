"""Everything a campaign runs: a broker behind a proxy, receiver, consumers and a reader."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import httpx

from bluetick.local.broker_program import broker_program
from schemas.create_topics import ensure_topics
from tests.chaos.fleet import Fleet
from tests.chaos.plan import BROKER, NETWORK, POSTGRES, RECEIVER, STORE, consumer_name
from tests.chaos.traffic import CONFIG
from tests.support.kafka import Kafka
from tests.support.ports import HOST, free_ports, listening
from tests.support.process import Child

READER = "reader"
Protocol = Literal["classic", "consumer"]
START_SECONDS = 60.0
# Shorter than the longest pauses of the plan.
SESSION_MS = 4_000


class SiteError(Exception):
    """A part did not start; the message names it."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a campaign. `rate` is events per second, `directory` a new folder."""

    seed: int
    kills: int
    directory: Path
    broker: Literal["apache", "embedded"] = "apache"
    catalog: Literal["sqlite", "postgres"] = "sqlite"  # with S3
    protocol: Protocol = "classic"
    consumers: int = 2
    providers: int = 8
    rate: float = 1_000.0


class Site:
    """The processes of one campaign. Use it as a context manager, so that all of them end.

    `servers` of the warehouse run already; `lake` are its variables.
    """

    def __init__(
        self,
        options: Options,
        data_dir: Path,
        servers: Mapping[str, Child],
        lake: Mapping[str, str],
    ) -> None:
        self._lake = lake
        self._directory = options.directory
        self._receiver_port, self._admin_port, self._proxy_port, broker_port = free_ports(4)
        self.receiver_url = f"http://{HOST}:{self._receiver_port}"
        self.bootstrap = f"{HOST}:{self._proxy_port}"
        self.broker_survives = options.broker == "apache"
        config = self._directory / "bluetick.toml"
        config.write_text(CONFIG, "utf-8")
        self._kafka = (
            Kafka(
                self._directory / "kafka",
                port=broker_port,
                settings={"advertised.listeners": f"PLAINTEXT://{self.bootstrap}"},
            )
            if self.broker_survives
            else None
        )
        self.fleet = Fleet(
            {
                BROKER: self._kafka.child if self._kafka else self._embedded(broker_port),
                NETWORK: self._module("proxy", str(self._proxy_port), str(broker_port)),
                RECEIVER: self._receiver(config),
                READER: self._module("reader", str(data_dir), str(self._directory)),
            }
            | {
                # On one machine they share a folder. With a catalog elsewhere, each has its own.
                consumer_name(number): self._consumer(
                    number, data_dir / f"{number}" if servers else data_dir, options.protocol
                )
                for number in range(1, options.consumers + 1)
            }
            | dict(servers)
        )

    def start(self) -> None:
        """Starts everything, and waits until the receiver accepts posts. Raises SiteError."""
        if self._kafka:
            self._kafka.start(START_SECONDS)
        else:
            self.fleet.start(BROKER)
        self.fleet.start(NETWORK)
        if not self.fleet.spend_until(lambda: listening(self._proxy_port), START_SECONDS):
            raise SiteError("the proxy does not listen")
        ensure_topics(self.bootstrap, timeout=START_SECONDS)
        for name in self.fleet.children.keys() - {BROKER, NETWORK, POSTGRES, STORE}:
            self.fleet.start(name)
        if not self.fleet.spend_until(self._ready, START_SECONDS):
            raise SiteError(f"no ready receiver:\n{self.fleet.children[RECEIVER].tail()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.fleet.end()

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.receiver_url}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def _receiver(self, config: Path) -> Child:
        return Child(
            [
                *(sys.executable, "-m", "bluetick", "receive", "--config", str(config)),
                *("--receiver-port", str(self._receiver_port)),
                *("--admin-port", str(self._admin_port)),
            ],
            log=self._directory / "receiver.log",
            env={"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap},
        )

    def _embedded(self, port: int) -> Child:
        return Child(
            [
                *(broker_program(), "broker", "--cluster-id", "bluetick-chaos"),
                *("--listener-url", f"tcp://{HOST}:{port}"),
                *("--advertised-listener-url", f"tcp://{self.bootstrap}"),
                *("--storage-engine", "memory://bluetick/"),
            ],
            log=self._directory / "broker.log",
        )

    def _module(self, name: str, *arguments: str) -> Child:
        return Child(
            [sys.executable, "-m", f"tests.chaos.{name}", *arguments],
            log=self._directory / f"{name}.log",
            env=self._lake,
        )

    def _consumer(self, number: int, data_dir: Path, protocol: Protocol) -> Child:
        return Child(
            [
                *(sys.executable, "-m", "tests.support.lander", self.bootstrap, str(data_dir)),
                *("--protocol", protocol, "--session-ms", str(SESSION_MS)),
                *("--batch-seconds", "0.3", "--tidy-seconds", "8"),
            ],
            log=self._directory / f"consumer-{number}.log",
            env=self._lake,
        )
