"""The consumer process: opens the warehouse, joins the group, and goes on until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from confluent_kafka import KafkaException
from prometheus_client import start_http_server

from consumer import metrics
from consumer.intake import FETCH
from consumer.poison_guard import Breaker, PoisonFlood
from consumer.poll_loop import METADATA_SECONDS, Session
from consumer.start_offsets import Consent
from consumer.topic_ids import BrokerLogs, BrokerUnavailable
from schemas.create_topics import ensure_topics
from schemas.registry import open_registry
from settings.errors import BluetickError
from settings.kafka import client_config
from warehouse.connection import Location, WarehouseError, connect, create, settle
from warehouse.maintenance import Schedule, maintain
from warehouse.offsets import Fenced, LogChanged
from warehouse.renewal import Warehouse
from warehouse.transaction import Busy
from warehouse.write_lock import Turn

logger = logging.getLogger(__name__)

REJOIN_SECONDS = 1.0
# Besides Kafka's group protocols (classic, consumer): one consumer that takes every partition.
STATIC = "static"


class MetricsPortTaken(BluetickError):
    """The metrics cannot be served there; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Everything one consumer process is told."""

    bootstrap: str
    location: Location
    registry_url: str | None = None
    group: str = "bluetick"
    group_protocol: str = "classic"
    session_timeout_ms: int = 10_000
    batch_rows: int = 50_000
    batch_seconds: float = 1.0
    accept_new_log: bool = False
    accept_gap: bool = False
    accept_poison: bool = False
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    schedule: Schedule = field(default_factory=Schedule)


def run(landing: Landing) -> int:
    """Lands until SIGTERM or SIGINT. Returns the process's exit code: 0, or 1 with the reason
    in the log."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        _serve_metrics(landing)
        metrics.watch_wal(landing.location)
        warehouse = _open(landing.location, stop)
    except (MetricsPortTaken, WarehouseError) as error:
        logger.error("%s", error)
        return 1
    if warehouse is None:
        return 0
    with warehouse:
        return _land(landing, warehouse, stop) if _wait_for_broker(landing, stop) else 0


def _land(landing: Landing, warehouse: Warehouse, stop: threading.Event) -> int:
    """Session after session, until stopped or in a state only a person can judge."""
    file = landing.location.sqlite_file
    turn = Turn(file.with_suffix(".turn")) if file else None
    new_session = partial(
        Session,
        config=kafka_config(landing),
        group=landing.group_protocol != STATIC,
        warehouse=warehouse,
        registry=open_registry(landing.registry_url),
        logs=BrokerLogs(landing.bootstrap),
        consent=Consent(new_log=landing.accept_new_log, gap=landing.accept_gap),
        breaker=None if landing.accept_poison else Breaker(),
        stop=stop,
        batch_rows=landing.batch_rows,
        batch_seconds=landing.batch_seconds,
        turn=turn,
        tidy=_Tidy(landing.schedule, warehouse, turn),
    )
    while not stop.is_set():
        try:
            new_session().run()
        except Fenced as error:
            logger.warning("fenced off: %s; its records were not landed here, joining anew", error)
        except (Busy, BrokerUnavailable, KafkaException) as error:
            logger.warning("joining anew: %s", error)
        except (LogChanged, PoisonFlood) as error:
            logger.error("%s", error)
            return 1
        stop.wait(0 if stop.is_set() else REJOIN_SECONDS)
    return 0


def kafka_config(landing: Landing) -> dict[str, Any]:
    """librdkafka's settings: positions come from the warehouse, so Kafka keeps none for us."""
    config: dict[str, Any] = {
        **client_config(landing.bootstrap),
        **FETCH,
        "group.id": landing.group,
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "topic.metadata.refresh.interval.ms": int(METADATA_SECONDS * 1000),
        "reconnect.backoff.ms": 200,
        "reconnect.backoff.max.ms": 2_000,
        "log_level": 2,
    }
    if landing.group_protocol != STATIC:
        config["group.protocol"] = landing.group_protocol
    if landing.group_protocol == "classic":
        config["session.timeout.ms"] = landing.session_timeout_ms
    return config


class _Tidy:
    """Does one step of maintenance a call, as long as a round is due."""

    def __init__(self, schedule: Schedule, warehouse: Warehouse, turn: Turn | None) -> None:
        self._schedule, self._warehouse, self._turn = schedule, warehouse, turn
        self._start_round()

    def _start_round(self) -> None:
        self._due = time.monotonic() + self._schedule.every_seconds
        self._round = maintain(self._warehouse, self._schedule, turn=self._turn)

    def __call__(self) -> None:
        if time.monotonic() > self._due and next(self._round, None) is None:
            self._start_round()


def _serve_metrics(landing: Landing) -> None:
    """Raises MetricsPortTaken."""
    if landing.metrics_port is None:
        return
    try:
        start_http_server(landing.metrics_port, addr=landing.metrics_host)
    except OSError as error:
        raise MetricsPortTaken(
            f"cannot serve metrics on {landing.metrics_host} port {landing.metrics_port} "
            f"({error.strerror}): choose another --metrics-port or --host"
        ) from None


def _wait_for_broker(landing: Landing, stop: threading.Event) -> bool:
    """Waits until the topics exist; False where told to stop before."""
    while not stop.is_set():
        try:
            ensure_topics(landing.bootstrap, timeout=5)
            return True
        except KafkaException as error:
            logger.warning("waiting for Kafka at %s: %s", landing.bootstrap, error.args[0].str())
            stop.wait(1.0)
    return False


def _open(location: Location, stop: threading.Event) -> Warehouse | None:
    """The warehouse, created where it is new; waits while it is locked or its disk full."""
    while not stop.is_set():
        try:
            with connect(location) as connection:
                settle(connection, location)
                create(connection)
            return Warehouse(lambda: connect(location), location)
        except Busy as error:
            logger.warning("waiting for the warehouse: %s", error)
            stop.wait(1.0)
    return None
