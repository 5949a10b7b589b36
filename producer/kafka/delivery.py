"""The records of one POST on their way to the broker, and how that ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from confluent_kafka import KafkaError, Message


class Outgoing(NamedTuple):
    """One encoded record for a topic."""

    topic: str
    key: bytes | None
    value: bytes


class DeliveryFailed(Exception):
    """Not every record was acknowledged; some may have been published all the same."""

    def __init__(self, reason: str) -> None:
        """`reason` is the Kafka client's name of the first error."""
        super().__init__(reason)
        self.reason = reason


class RecordTooLarge(Exception):
    """The broker takes no record of this size; the other records were acknowledged."""

    def __init__(self, topics: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(topics)))
        self.topics = topics


class Delivery:
    """Counts one POST's records: reported by the polling thread, awaited by the event loop.

    One future a POST, not one a record: waking the event loop is what costs.
    """

    __slots__ = ("_complete", "_failure", "_left", "_oversized", "future")

    def __init__(
        self,
        records: int,
        future: asyncio.Future[None],
        complete: Callable[[Delivery], None],
        *,
        oversized: frozenset[str] = frozenset(),
    ) -> None:
        """`complete` is called, in the polling thread, after the last of `records` reports."""
        self.future = future
        self._left = records
        self._complete = complete
        self._oversized = oversized
        self._failure: str | None = None

    def report(self, error: KafkaError | None, message: Message) -> None:
        """librdkafka's word on one record; runs in the polling thread."""
        if error is not None:
            if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
                self._oversized |= {message.topic() or ""}
            elif self._failure is None:
                self._failure = error.name()
        self._left -= 1
        if not self._left:
            self._complete(self)

    def settle(self) -> None:
        """Ends the future; runs in the event loop."""
        if self.future.done():  # the request was cancelled
            return
        if self._failure is not None:
            self.future.set_exception(DeliveryFailed(self._failure))
        elif self._oversized:
            self.future.set_exception(RecordTooLarge(self._oversized))
        else:
            self.future.set_result(None)
