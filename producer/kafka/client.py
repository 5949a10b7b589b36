"""One Kafka client, polled by the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from producer.kafka.acknowledgement import Acknowledgement, Outgoing, PublishFailed
from settings.kafka import client_config, compression_config
from settings.limits import Limits

log = logging.getLogger("bluetick.kafka")
# How often the client is asked for reports: while there are records to report on, and otherwise.
# A thread that waits for reports would compete with the event loop for the interpreter.
BUSY_SECONDS = 0.001
IDLE_SECONDS = 0.1
QUEUE_FULL = "_QUEUE_FULL"  # librdkafka's name; the only failure after which the client is good
Headers = Callable[[], dict[str, str]]
FRAMING_BYTES = 512  # more than Kafka's record format adds to a record
GRACE_SECONDS = 5.0  # after the delivery timeout, for librdkafka to report it


class Channel:
    """A Kafka client that publishes idempotently and waits for all replicas.

    librdkafka numbers its records. After a lost record, a broker may refuse all later numbers.
    So a channel that has failed once is `spoiled`: retire it and make another.
    """

    def __init__(
        self,
        bootstrap: str,
        limits: Limits,
        on_alarm: Callable[[str], None],
        headers: Headers | None = None,
    ) -> None:
        """Needs a running event loop, which calls `on_alarm` when the broker is lost.

        Each record of a `send` gets the `headers` of that moment.
        """
        self.spoiled = False
        self._limits = limits
        self._on_alarm = on_alarm
        self._headers = headers
        self._loop = asyncio.get_running_loop()
        self._retired = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._ended = asyncio.Event()
        # In the order of their deadlines. One look at the oldest costs less than a timer for each.
        self._waiting: deque[tuple[float, Acknowledgement]] = deque()
        self._producer = Producer(
            {**producer_config(bootstrap, limits), "error_cb": self._on_error}, logger=log
        )
        self._next = self._loop.call_later(IDLE_SECONDS, self._poll)

    def send(self, records: Sequence[Outgoing]) -> asyncio.Future[None]:
        """Queues the records. The future is done when each is acknowledged or has failed.

        It is also done, as failed, if librdkafka has not reported on each some time after the
        delivery timeout. The future may raise PublishFailed or RecordTooLarge. This method raises
        PublishFailed if a record cannot be queued; those before it may still be published.
        """
        oversized = frozenset(record.topic for record in records if not self._fits(record))
        fitting = [record for record in records if self._fits(record)] if oversized else records
        future: asyncio.Future[None] = self._loop.create_future()
        acknowledgement = Acknowledgement(len(fitting), future, oversized=oversized)
        if not fitting:
            acknowledgement.settle()
        if self._idle.is_set():
            self._poll_soon()
        produce, report = self._producer.produce, acknowledgement.report
        more: dict[str, Any] = {}
        if self._headers and (headers := self._headers()):
            more = {"headers": headers}
        try:
            for record in fitting:
                produce(record.topic, record.value, record.key, on_delivery=report, **more)
        except BufferError:
            raise PublishFailed(QUEUE_FULL) from None
        except KafkaException as error:
            raise PublishFailed(error.args[0].name()) from None
        deadline = self._loop.time() + self._limits.delivery_seconds + GRACE_SECONDS
        self._waiting.append((deadline, acknowledgement))
        return future

    def has_topic(self, topic: str, timeout: float) -> bool:
        """Whether the topic exists. Blocks up to `timeout` seconds. Raises KafkaException."""
        found = self._producer.list_topics(topic, timeout=timeout).topics[topic]
        if found.error is None:
            return True
        if found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return False
        raise KafkaException(found.error)

    def pending(self) -> int:
        """The number of records that are not yet acknowledged and have not failed."""
        return len(self._producer)

    def retire(self) -> None:
        """Makes all pending deliveries fail now, and ends the client after that."""
        self._producer.purge()
        self._retired = True
        self._poll_soon()

    async def close(self) -> None:
        """Waits until nothing is pending, at most for the delivery timeout, and retires."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.delivery_seconds):
                await self._idle.wait()
        self.retire()
        await self._ended.wait()

    def _fits(self, record: Outgoing) -> bool:
        size = len(record.value) + len(record.key or b"") + FRAMING_BYTES
        return size <= self._limits.max_record_bytes

    def _poll_soon(self) -> None:
        self._idle.clear()
        self._next.cancel()
        self._next = self._loop.call_later(BUSY_SECONDS, self._poll)

    def _poll(self) -> None:
        """Calls the client's callbacks, which settle acknowledgements, and plans the next time."""
        self._producer.poll(0)
        self._forget(self._loop.time())
        if self.pending():
            self._next = self._loop.call_later(BUSY_SECONDS, self._poll)
            return
        self._idle.set()
        if self._retired:
            self._end()
        else:
            self._next = self._loop.call_later(IDLE_SECONDS, self._poll)

    def _forget(self, now: float) -> None:
        """Forgets the oldest acknowledgements that are settled, or fail as their time is over."""
        waiting = self._waiting
        while waiting and (waiting[0][1].future.done() or waiting[0][0] <= now):
            waiting.popleft()[1].give_up()

    def _end(self) -> None:
        self._forget(math.inf)
        # In a thread, because it waits for the client's own threads.
        closing = self._loop.run_in_executor(None, self._producer.close)
        closing.add_done_callback(lambda _: self._ended.set())

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self.spoiled = True
        if error.fatal() or error.code() == KafkaError._ALL_BROKERS_DOWN:
            with contextlib.suppress(RuntimeError):  # the event loop has ended
                self._loop.call_soon_threadsafe(self._on_alarm, error.name())


def producer_config(bootstrap: str, limits: Limits) -> dict[str, object]:
    """librdkafka's settings."""
    delivery_ms = int(limits.delivery_seconds * 1000)
    return {
        **client_config(bootstrap),
        **compression_config(),
        "client.id": "bluetick-receiver",
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": limits.linger_ms,
        "message.timeout.ms": delivery_ms,
        "socket.timeout.ms": max(delivery_ms, 1000),
        "socket.connection.setup.timeout.ms": max(delivery_ms, 1000),
        "message.max.bytes": limits.max_record_bytes,
        "queue.buffering.max.kbytes": max(limits.max_queue_bytes // 1024, 1),
        "queue.buffering.max.messages": 1_000_000,
        # A wrong or missing topic is an error. The broker must not create it with its defaults.
        "allow.auto.create.topics": False,
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 1000,
        "log.connection.close": False,
        "log_level": 4,
    }
