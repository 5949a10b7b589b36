"""The records of one POST, and whether the broker has acknowledged them."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from confluent_kafka import KafkaError, Message

NO_REPORT = "_NO_REPORT"  # named like librdkafka's failures, of which it is none


class Outgoing(NamedTuple):
    """One encoded record for a topic."""

    topic: str
    key: bytes | None
    value: bytes


class PublishFailed(Exception):
    """Not every record was acknowledged; some may still have been published."""

    def __init__(self, reason: str) -> None:
        """`reason` is the Kafka client's name of the first error."""
        super().__init__(reason)
        self.reason = reason


class RecordTooLarge(Exception):
    """The broker refused a record for its size; the other records were acknowledged."""

    def __init__(self, topics: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(topics)))
        self.topics = topics


class Acknowledgement:
    """Waits for the reports about all records of one POST, and then sets the result of `future`.

    There is one future for each POST and not for each record, because each one wakes up a task.
    """

    __slots__ = ("_failure", "_left", "_oversized", "future")

    def __init__(
        self,
        records: int,
        future: asyncio.Future[None],
        *,
        oversized: frozenset[str] = frozenset(),
    ) -> None:
        self.future = future
        self._left = records
        self._oversized = oversized
        self._failure: str | None = None

    def report(self, error: KafkaError | None, message: Message) -> None:
        """Takes librdkafka's report on one record; runs in the event loop."""
        if error is not None:
            if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
                self._oversized |= {message.topic() or ""}
            elif self._failure is None:
                self._failure = error.name()
        self._left -= 1
        if not self._left:
            self.settle()

    def give_up(self) -> None:
        """Fails unless it is settled."""
        self._failure = self._failure or NO_REPORT
        self.settle()

    def settle(self) -> None:
        """Sets the result of the future."""
        if self.future.done():  # the request was cancelled
            return
        if self._failure is not None:
            self.future.set_exception(PublishFailed(self._failure))
        elif self._oversized:
            self.future.set_exception(RecordTooLarge(self._oversized))
        else:
            self.future.set_result(None)
