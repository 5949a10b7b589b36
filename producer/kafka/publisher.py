"""Publishes to Kafka, and refuses at once while the broker does not work."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from confluent_kafka import KafkaException

from producer.kafka.acknowledgement import Outgoing, PublishFailed
from producer.kafka.client import QUEUE_FULL, Channel, Headers
from producer.kafka.journal import Journal, JournalFile
from producer.metrics import Metrics
from schemas.codec import Encoder
from schemas.create_topics import ensure_topics
from schemas.registry import open_registry
from schemas.registry_errors import RegistryUnavailable
from schemas.topics import RAW, TOPICS, Topic
from settings.limits import Limits

log = logging.getLogger("bluetick.publish")
STARTING = "the receiver is starting"


class Publisher:
    """Publishes records while `trouble` is None; otherwise `trouble` is the reason for refusing.

    The first failure sets `trouble`, so that no records queue up for a broker that is down. A
    regular check of the broker sets and clears it, and replaces the Kafka client after a failure.
    So no failure of the broker makes a restart of the receiver necessary.
    """

    def __init__(
        self,
        bootstrap: str,
        registry_url: str | None,
        limits: Limits,
        metrics: Metrics,
        journal: Journal | None = None,
        headers: Headers | None = None,
    ) -> None:
        """With `journal`, records are also kept in files before they are published.

        With `headers`, Kafka's records get what it returns at that moment.
        """
        self.trouble: str | None = STARTING
        self.encoders: dict[Topic, Encoder] = {}
        self._bootstrap = bootstrap
        self._registry_url = registry_url
        self._limits = limits
        self._metrics = metrics
        self._journal = journal
        self._headers = headers
        self._channel: Channel | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Checks the broker once, so that the first POST is accepted if the broker works."""
        await self._check()
        self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Waits for pending records, at most for the delivery timeout, and closes the client."""
        self._stopping.set()
        if self._watcher:
            await self._watcher  # not cancelled: a running check still uses the client
        if self._channel:
            await self._channel.close()
            self._channel = None
        if self._journal:
            self._journal.close()
        self.trouble = "the receiver has ended"

    async def publish(self, records: list[Outgoing]) -> None:
        """Returns when the broker has acknowledged every record.

        Empties `records`, so that only the Kafka client keeps them in memory. Raises
        RecordTooLarge, or PublishFailed; then some records may have been published.
        """
        channel = self._channel
        if self.trouble is not None or channel is None:
            raise PublishFailed(self.trouble or STARTING)
        segment = self._keep(records)
        try:
            await self._deliver(channel, records)
        finally:
            if segment:
                segment.done()

    def _keep(self, records: list[Outgoing]) -> JournalFile | None:
        try:
            return self._journal.add(records) if self._journal else None
        except PublishFailed as failure:
            self._metrics.failures.inc()
            self._set_trouble(failure.reason)  # until the next check
            raise

    async def _deliver(self, channel: Channel, records: list[Outgoing]) -> None:
        try:
            future = channel.send(records)
            records.clear()
            await future
        except PublishFailed as failure:
            self._failed(channel, failure.reason)
            raise

    def _failed(self, channel: Channel, reason: str) -> None:
        self._metrics.failures.inc()
        if reason == QUEUE_FULL:
            return
        channel.spoiled = True
        if channel is self._channel:
            self._set_trouble(f"the broker did not acknowledge a record ({reason})")

    def _set_trouble(self, trouble: str | None) -> None:
        """Sets `trouble`, and logs the change."""
        if trouble == self.trouble:
            return
        if trouble is None:
            log.info("publishing: the broker answers")
        elif self.trouble is None or self.trouble == STARTING:
            log.warning("not publishing: %s", trouble)
        self.trouble = trouble

    async def _watch(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._limits.probe_seconds):
                    await self._stopping.wait()
                return
            await self._check()

    async def _check(self) -> None:
        if self._journal:
            self._journal.turn()
        try:
            trouble = await self._find_trouble()
        except Exception as error:  # of any kind: the next check may succeed
            trouble = f"the check of the broker failed ({type(error).__name__})"
        self._set_trouble(trouble)

    async def _find_trouble(self) -> str | None:
        """Why records cannot be published, after an attempt to repair it; None if they can."""
        if not self.encoders:
            try:
                self.encoders = await asyncio.to_thread(self._load_encoders)
            except RegistryUnavailable:
                return "the schema registry does not answer"
        channel = self._channel
        fresh = channel is None or channel.spoiled
        if channel is None or fresh:
            channel = self._replace()
        timeout = self._limits.probe_timeout_seconds
        try:
            known = await asyncio.to_thread(channel.has_topic, RAW.name, timeout)
            if fresh or not known:
                await asyncio.to_thread(ensure_topics, self._bootstrap, timeout=timeout)
        except KafkaException as error:
            return f"the broker does not answer ({error.args[0].name()})"
        return self.trouble if channel.spoiled else None

    def _replace(self) -> Channel:
        if self._channel:
            self._channel.retire()
            self._metrics.rebuilds.inc()
        self._channel = Channel(self._bootstrap, self._limits, self._set_trouble, self._headers)
        return self._channel

    def _load_encoders(self) -> dict[Topic, Encoder]:
        registry = open_registry(self._registry_url)
        return {topic: Encoder(topic, registry) for topic in TOPICS}
