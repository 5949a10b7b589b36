"""The consumer process: opens the warehouse, joins the group, and lands until it is stopped."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial

from confluent_kafka import KafkaException
from prometheus_client import start_http_server

from consumer import metrics
from consumer.heartbeat import Heartbeat
from consumer.poison_guard import PoisonFlood, PoisonGuard
from consumer.poll_loop import PollLoop
from consumer.settings import ConsumerSettings
from consumer.topic_ids import BrokerUnavailable, TopicIds
from schemas.create_topics import ensure_topics
from schemas.registry import open_registry
from settings.errors import BluetickError
from settings.tracing import Tracing, tracing
from warehouse.advisory_lock import alone, turn
from warehouse.campaigns import CampaignRule
from warehouse.connection import Location, NewerWarehouse, WarehouseError, connect, create, settle
from warehouse.kept_wal import wal_kept
from warehouse.maintenance import Schedule, maintain
from warehouse.offsets import Fenced, LogChanged
from warehouse.privacy_key import KeyMissing
from warehouse.rates import BadRates, Rate, install, read_rates
from warehouse.recent_statuses import RecentStatuses, open_recent_statuses
from warehouse.renewal import Warehouse
from warehouse.transaction import Busy, busy_if_passing
from warehouse.write_lock import Turn

logger = logging.getLogger(__name__)

REJOIN_SECONDS = 1.0


class MetricsPortTaken(BluetickError):
    """The metrics cannot be served on this address; the message says why and what to do."""


def run(settings: ConsumerSettings) -> int:
    """Lands until SIGTERM or SIGINT. Returns the exit code: 0, or 1 with the reason in the log."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        _serve_metrics(settings)
        metrics.watch_storage(settings.location)
        rates = read_rates(settings.rates) if settings.rates else None
        warehouse = _open(settings.location, settings.campaign_rule, stop, rates)
    except (BadRates, MetricsPortTaken, WarehouseError) as error:
        logger.error("%s", error)
        return 1
    if warehouse is None:
        return 0
    metrics.report_memory_limit(warehouse.connection)
    with (
        warehouse,
        wal_kept(warehouse.connection, settings.location),
        _recent_statuses(warehouse, stop) as recent,
        _traces() as traces,
    ):
        if not _wait_for_broker(settings, stop):
            return 0
        return _land(settings, warehouse, recent, stop, traces)


def _land(
    settings: ConsumerSettings,
    warehouse: Warehouse,
    recent: RecentStatuses | None,
    stop: threading.Event,
    traces: Tracing | None = None,
) -> int:
    """Joins the group and lands, again after each failure that may pass. Returns the exit code.

    Ends with 1 if a person must decide: see KeyMissing, LogChanged, NewerWarehouse and PoisonFlood.
    """
    lock = turn(settings.location)
    topic_ids = TopicIds(settings.bootstrap)
    join = partial(
        PollLoop,
        settings,
        warehouse,
        registry=open_registry(settings.registry_url),
        topic_ids=topic_ids,
        poison_guard=None if settings.accept_poison else PoisonGuard(),
        maintenance=_Maintenance(settings.schedule, warehouse, lock),
        lock=lock,
        recent=recent,
        heartbeat=Heartbeat(warehouse, topic_ids, lock),
        stop=stop,
        traces=traces,
    )
    while not stop.is_set():
        try:
            # Also what is read when partitions are assigned may find no server.
            with busy_if_passing():
                if recent and recent.outdated:
                    recent.fill(warehouse.connection, stop.is_set)
                join().run()
        except Fenced as error:
            logger.warning("fenced: %s; nothing of the batch was landed, joining again", error)
        except (Busy, BrokerUnavailable, KafkaException) as error:
            logger.warning("joining again: %s", error)
        except (KeyMissing, LogChanged, NewerWarehouse, PoisonFlood) as error:
            logger.error("%s", error)
            return 1
        stop.wait(0 if stop.is_set() else REJOIN_SECONDS)
    return 0


class _Maintenance:
    """Does one step of maintenance for each call while a round is due."""

    def __init__(self, schedule: Schedule, warehouse: Warehouse, lock: Turn | None) -> None:
        self._schedule, self._warehouse, self._lock = schedule, warehouse, lock
        self._start_round()

    def _start_round(self) -> None:
        self._due = time.monotonic() + self._schedule.every_seconds
        self._round = maintain(self._warehouse, self._schedule, lock=self._lock)

    def __call__(self) -> None:
        if time.monotonic() > self._due and next(self._round, None) is None:
            self._start_round()


@contextlib.contextmanager
def _traces() -> Iterator[Tracing | None]:
    """The traces of the consumer, sent to the end. Raises TraceError."""
    traces = tracing("bluetick-consumer")
    try:
        yield traces
    finally:
        if traces:
            traces.close()


@contextlib.contextmanager
def _recent_statuses(
    warehouse: Warehouse, stop: threading.Event
) -> Iterator[RecentStatuses | None]:
    """A store of recent statuses, filled; without one, landing is slower."""
    folder = warehouse.location.folder
    recent = open_recent_statuses(folder / "states") if folder else None
    if recent is None:
        yield None
        return
    with contextlib.closing(recent):
        recent.fill(warehouse.connection, stop.is_set)
        yield recent


def _serve_metrics(settings: ConsumerSettings) -> None:
    """Raises MetricsPortTaken."""
    if settings.metrics_port is None:
        return
    try:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)
    except OSError as error:
        raise MetricsPortTaken(
            f"cannot serve metrics on {settings.metrics_host} port {settings.metrics_port} "
            f"({error.strerror}): choose another --metrics-port or --host"
        ) from None


def _wait_for_broker(settings: ConsumerSettings, stop: threading.Event) -> bool:
    """Waits until the topics exist. Returns False if it was stopped before."""
    while not stop.is_set():
        try:
            ensure_topics(settings.bootstrap, timeout=5)
            return True
        except KafkaException as error:
            logger.warning("waiting for Kafka at %s: %s", settings.bootstrap, error.args[0].str())
            stop.wait(1.0)
    return False


def _open(
    location: Location,
    campaign_rule: CampaignRule,
    stop: threading.Event,
    rates: list[Rate] | None = None,
) -> Warehouse | None:
    """The warehouse, created if it is new, with these rates; None if it was stopped before.

    Waits while the warehouse is locked or its disk is full. Raises WarehouseError and BadRule.
    """
    while not stop.is_set():
        try:
            with busy_if_passing(), alone(location), contextlib.ExitStack() as stack:
                connection = stack.enter_context(connect(location))
                settle(connection, location)
                changed = create(connection, campaign_rule)
                if rates is not None:
                    install(connection, rates)
                if not changed:
                    stack.pop_all()
            opened = None if changed else connection
            return Warehouse(lambda: connect(location), location, first=opened)
        except Busy as error:
            logger.warning("waiting for the warehouse: %s", error)
            stop.wait(1.0)
    return None
