"""One membership in the consumer group: from joining it to leaving it, or to being fenced."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping

import duckdb
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from consumer import metrics
from consumer.batch_buffer import BatchPart, Place
from consumer.batch_deadline import batch_deadline
from consumer.intake import SLICE, record_of
from consumer.isolation import set_apart, splits
from consumer.membership import PASSING, Membership
from consumer.poison_guard import PoisonGuard
from consumer.settings import METADATA_SECONDS, ConsumerSettings
from consumer.start_offsets import Consent, begin, resume
from consumer.topic_ids import BrokerUnavailable, TopicIds
from consumer.unreadable import CODES as UNREADABLE
from consumer.unreadable import UnreadableBatches
from consumer.writer import Batch, land, read
from schemas.registry import Registry
from schemas.topics import LANDED
from settings.tracing import Tracing
from warehouse.offsets import Fenced, Log, Move
from warehouse.recent_statuses import RecentStatuses
from warehouse.renewal import Warehouse, breaks_connection
from warehouse.transaction import Busy
from warehouse.write_lock import Turn

logger = logging.getLogger(__name__)

# Bytes to read before landing. Decoding needs several times as much memory.
BATCH_BYTES = 32 * 1024 * 1024
RETRY_SECONDS = (0.2, 5.0)
# The store is looked at again after this time: it must not keep people who were erased.
REQUESTS_SECONDS = 10.0
# Few, because each may wait for a lock, and the consumer must poll between landings to stay in
# its group.
ATTEMPTS = 3


class PollLoop:
    """Reads the assigned partitions, lands them in batches, and releases them when revoked.

    `run` returns when `stop` is set, and when the store must be filled anew. Otherwise it raises
    Fenced, LogChanged, KeyMissing, PoisonFlood, Busy, BrokerUnavailable or KafkaException. Records
    that have not landed are read again later.
    """

    def __init__(
        self,
        settings: ConsumerSettings,
        warehouse: Warehouse,
        *,
        registry: Registry,
        topic_ids: TopicIds,
        poison_guard: PoisonGuard | None,
        maintenance: Callable[[], None],
        lock: Turn | None,
        recent: RecentStatuses | None,
        heartbeat: Callable[[int, Callable[[], int]], None],
        stop: threading.Event,
        traces: Tracing | None = None,
    ) -> None:
        config = settings.kafka_config()
        self._consumer = Consumer(config | {"error_cb": self._on_error}, logger=logger)
        self._settings = settings
        self._consent = Consent(new_log=settings.accept_new_log, gap=settings.accept_gap)
        self._warehouse = warehouse
        self._registry = registry
        self._topic_ids = topic_ids
        self._poison_guard = poison_guard
        self._maintenance = maintenance
        self._lock = lock
        self._recent = recent
        self._heartbeat = heartbeat
        self._stop = stop
        self._traces = traces
        self._membership = Membership(self, self._first_offsets, self._land)
        self._buffer = self._membership.buffer
        self._unreadable = UnreadableBatches(config)
        self._failure: Exception | None = None
        self._deadline = 0.0
        self._look_again = 0.0
        self._look_at_requests = 0.0

    def run(self) -> None:
        """Joins the group, or takes all partitions, and lands until `stop` is set."""
        if self._settings.in_group:
            self._consumer.subscribe(
                [topic.name for topic in LANDED],
                on_assign=self._on_assign,
                on_revoke=self._on_revoke,
                on_lost=self._on_revoke,
            )
        else:
            self._assign_all()
        try:
            while not self._stop.is_set() and not self._must_fill():
                self._collect()
                self._measure()
                self._flush()
                if not self._settings.in_group and time.monotonic() > self._look_again:
                    self._assign_all()
                self._warehouse.renew_if_due()
                self._heartbeat(len(self._buffer.places), self._measure)
                if (LANDED[0].name, 0) in self._buffer.places:
                    self._maintenance()  # only the owner of this partition does it
        finally:
            self._consumer.close()
            metrics.PARTITIONS.set(0)

    def _must_fill(self) -> bool:
        """Whether the store must be filled anew. That may take longer than a group waits."""
        if self._recent is None:
            return False
        if time.monotonic() > self._look_at_requests:
            self._look_at_requests = time.monotonic() + REQUESTS_SECONDS
            with contextlib.suppress(duckdb.Error):  # such as a locked catalog: later
                return self._recent.look(self._warehouse.connection)
        return self._recent.outdated

    def _collect(self) -> None:
        """Reads until the batch is full, or due and no more records wait."""
        began, behind = time.monotonic(), False
        self._deadline = batch_deadline(self._deadline, began, self._settings.batch_seconds)
        latest = began + self._settings.batch_seconds
        while (
            (room := self._settings.batch_rows - len(self._buffer.records)) > 0
            and self._buffer.bytes < BATCH_BYTES
            and not self._stop.is_set()
            and (now := time.monotonic()) < (latest if behind else self._deadline)
        ):
            wanted = min(SLICE, room)
            messages = self._consumer.consume(wanted, min(max(self._deadline - now, 0), 0.25))
            self._take(messages)
            behind = len(messages) == wanted

    def _take(self, messages: list[Message]) -> None:
        for message in messages:
            error = message.error()
            if error is not None:
                self._on_message_error(message, error)
                continue
            self._buffer.add(record_of(message, traced=self._traces is not None))
        if self._failure:
            raise self._failure

    def _flush(self) -> None:
        """Lands the buffer; waits and tries again while the warehouse or broker is not ready."""
        delay = RETRY_SECONDS[0]
        while part := self._membership.next_part():
            started, began = time.monotonic(), time.time_ns()
            try:
                moves = self._membership.attempt(part)
            except PASSING as error:
                metrics.RETRIES.inc()
                logger.warning("landing delayed: %s", error)
                if self._stop.is_set():
                    return  # nothing is lost: the records are still in Kafka
                self._hold(delay)
                delay = min(delay * 2, RETRY_SECONDS[1])
                continue
            if moves is None:
                continue
            metrics.BATCH_SECONDS.observe(time.monotonic() - started)
            metrics.count_batch(moves, part.records)
            if self._traces:
                self._traces.landed({item.trace for item in part.records if item.trace}, began)
            self._commit_to_group(moves)
            self._measure()

    def _land(self, part: BatchPart) -> list[Move] | None:
        """Lands these records. Returns None if they cannot land, but fewer of them might."""
        try:
            return self._commit(read(part.spans, part.records, self._registry), len(part.records))
        except Exception as error:
            if not (part.records and splits(error)):
                raise
            if breaks_connection(error):
                self._warehouse.renew()
            if len(part.records) > 1:
                return None
            if isinstance(error, duckdb.OutOfMemoryException):
                raise Busy("a single record needs more memory than is available") from error
            logger.error("a record cannot be landed and becomes a dead letter", exc_info=error)
            return self._commit(set_apart(part, error), 1)

    def _commit(self, batch: Batch, records: int) -> list[Move]:
        poison = len(batch.poison)
        if self._poison_guard:
            self._poison_guard.check(records, poison)
        moves = land(
            self._warehouse.connection,
            batch,
            lock=self._lock,
            attempts=ATTEMPTS,
            recent=self._recent,
            on_retry=metrics.FAILED_ATTEMPTS.inc,
        )
        if self._poison_guard:
            self._poison_guard.landed(records, poison)
        return moves

    def _hold(self, seconds: float) -> None:
        """Waits with all partitions paused. Polls meanwhile, to stay in the group."""
        held = self._consumer.assignment()
        self._consumer.pause(held)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stop.is_set():
            self._take(self._consumer.consume(1, 0.1))
        # The assignment may have changed meanwhile; new partitions are not paused.
        mine = self._consumer.assignment()
        self._consumer.resume([item for item in held if item in mine])

    def _commit_to_group(self, moves: list[Move]) -> None:
        """Commits the landed offsets to Kafka, for tools that show lag. Never reads them back."""
        try:
            self._consumer.commit(
                offsets=[TopicPartition(m.log.topic, m.partition, m.end) for m in moves],
                asynchronous=True,
            )
        except KafkaException as error:
            logger.debug("group commit failed: %s", error)

    def _measure(self) -> int:
        """Reports what is assigned, and how much of it Kafka holds that has not landed.

        Returns the sum of the latter.
        """
        lag = {topic.name: 0 for topic in LANDED}
        for (topic, partition), start in self._buffer.starts.items():
            with contextlib.suppress(KafkaException):  # not known to the client yet
                place = TopicPartition(topic, partition)
                _, high = self._consumer.get_watermark_offsets(place, cached=True)
                lag[topic] += max(high - start, 0)
        metrics.PARTITIONS.set(len(self._buffer.places))
        for topic, records in lag.items():
            metrics.LAG.labels(topic).set(records)
        return sum(lag.values())

    def _assign_all(self) -> None:
        """Takes every partition, without a group. Later calls take new partitions only."""
        self._look_again = time.monotonic() + METADATA_SECONDS
        topics = self._consumer.list_topics(timeout=10).topics
        places = [
            TopicPartition(topic.name, partition)
            for topic in LANDED
            for partition in topics[topic.name].partitions
            if (topic.name, partition) not in self._buffer.places
        ]
        if places:
            self._begin(places)
            self._consumer.incremental_assign(places)
            logger.info("assigned %d partitions", len(places))

    def _begin(self, places: list[TopicPartition]) -> None:
        """Takes these partitions, and sets each one's offset to the next one to land."""
        starts = self._membership.assigned((place.topic, place.partition) for place in places)
        for place in places:
            place.offset = starts[place.topic, place.partition]

    def _first_offsets(self, lows: Mapping[tuple[Log, int], int]) -> dict[tuple[Log, int], int]:
        return begin(self._warehouse.connection, lows, self._consent)

    def logs(self, topics: Iterable[str]) -> dict[str, Log]:
        """The current log of each topic. Raises BrokerUnavailable."""
        return self._topic_ids.ask(topics)

    def low(self, place: Place) -> int:
        """The lowest offset of a partition. Raises BrokerUnavailable."""
        try:
            low, _ = self._consumer.get_watermark_offsets(TopicPartition(*place), timeout=10)
        except KafkaException as error:
            raise BrokerUnavailable(str(error)) from error
        return int(low)

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        try:
            self._begin(partitions)
        except Exception as error:  # must not escape into librdkafka; raised after the poll
            self._failure = error
            partitions = []
        if self._settings.incremental:
            consumer.incremental_assign(partitions)
        else:
            consumer.assign(partitions)
        logger.info("assigned %d partitions", len(partitions))

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        gone: list[Place] = [(item.topic, item.partition) for item in partitions]
        self._membership.revoked(gone)
        # The client keeps a partition paused after it is revoked. If it were assigned again, it
        # would never be read.
        with contextlib.suppress(KafkaException):
            consumer.resume(partitions)
        if self._settings.incremental:
            consumer.incremental_unassign(partitions)
        else:
            consumer.unassign()
        logger.info("released %d partitions", len(gone))

    def _on_message_error(self, message: Message, error: KafkaError) -> None:
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            place = str(message.topic()), message.partition() or 0
            log = self._buffer.log_of(place)
            if log is None:
                return  # released meanwhile
            resume(self._warehouse.connection, log, place[1], self.low(place), self._consent)
            raise Fenced(f"{log.topic} partition {place[1]} was out of range")
        if error.fatal():
            raise KafkaException(error)
        if error.code() in UNREADABLE and (passed := self._unreadable.failed(message)):
            self._buffer.add(passed.record)
            self._buffer.skip(passed.next.topic, passed.next.partition, passed.next.offset)
            with contextlib.suppress(KafkaException):  # released meanwhile
                self._consumer.seek(passed.next)
            return
        logger.warning("kafka: %s", error.str())

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._failure = KafkaException(error)
        else:
            logger.warning("kafka: %s", error.str())
