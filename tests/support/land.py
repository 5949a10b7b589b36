"""Consumer processes, and helpers to publish records for them and to find these landed."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from confluent_kafka import Producer

from schemas.topics import STATUSES, Topic
from tests.support.lake import prepare
from tests.support.process import Child
from tests.support.records import event, framed
from tests.support.waiting import wait_for
from warehouse.connection import Location, WarehouseError, connect
from warehouse.transaction import Busy


def publish(
    bootstrap: str,
    topic: Topic,
    values: Sequence[bytes | None],
    *,
    partition: int = -1,
    compression: str = "none",
) -> None:
    """Publishes framed records to one partition, or spread over all; waits until acknowledged."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "message.max.bytes": 300_000_000,  # before it is compressed
            "compression.type": compression,
        }
    )
    for value in values:
        producer.produce(topic.name, value=value, key=uuid.uuid4().bytes, partition=partition)
        producer.poll(0)
    left = producer.flush(30)
    assert left == 0


def statuses(count: int) -> dict[str, bytes]:
    """New statuses, as framed records by event_id."""
    events = [event(STATUSES) for _ in range(count)]
    return {item["event_id"]: framed(STATUSES, item) for item in events}


class Consumers:
    """Consumer processes that share one warehouse and one group.

    They find a new warehouse, unless `prepared` is false: then the first of them makes it.
    """

    def __init__(
        self, bootstrap: str, folder: Path, protocol: str = "static", *, prepared: bool = True
    ) -> None:
        self.bootstrap, self.folder, self.protocol = bootstrap, folder, protocol
        self._prepared = prepared
        self.group = f"test-{uuid.uuid4().hex[:8]}"
        self.children: list[Child] = []
        self._reader: duckdb.DuckDBPyConnection | None = None

    def start(self, *options: str) -> Child:
        """One more consumer; `options` as tests/support/lander.py takes them."""
        if self._prepared and not self.location.postgres:
            prepare(self.folder / "data")
        child = Child(
            [
                *(sys.executable, "-m", "tests.support.lander", self.bootstrap),
                *(str(self.folder / "data"), "--group", self.group),
                *("--protocol", self.protocol, *options),
            ],
            log=self.folder / f"consumer-{len(self.children)}.log",
        )
        child.start()
        self.children.append(child)
        return child

    def counts(self, event_ids: Sequence[str]) -> dict[str, int]:
        """How often each of the events is in the warehouse; empty if there is no warehouse."""
        try:
            found = self.rows(
                "SELECT event_id::VARCHAR, count(*) FROM statuses "
                "WHERE event_id IN (SELECT unnest(?::VARCHAR[])::UUID) GROUP BY ALL",
                list(event_ids),
            )
        except (WarehouseError, Busy):
            return {}
        return {str(row[0]): int(row[1]) for row in found}

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises WarehouseError and Busy."""
        # Kept open, because attaching a warehouse takes longer than a query.
        self._reader = self._reader or connect(self.location, read_only=True, threads=1)
        return self._reader.execute(sql, list(parameters)).fetchall()

    def close(self) -> None:
        """Kills the processes that are still running."""
        if self._reader:
            self._reader.close()
        for child in self.children:
            child.resume()
            child.kill()

    @property
    def location(self) -> Location:
        return Location.of(self.folder / "data")

    def await_warehouse(self) -> None:
        """Waits until a consumer has created the warehouse."""
        wait_for(lambda: self.counts([]) == {} and self._reader is not None, explain=self.logs)

    def await_landed(self, event_ids: Sequence[str], timeout: float = 120.0) -> None:
        """Waits until all have landed. Fails if one landed twice or a consumer has ended."""
        wait_for(lambda: len(self.counts(event_ids)) == len(event_ids), timeout, self.logs)
        assert set(self.counts(event_ids).values()) == {1}

    def await_dead_letters(self, reasons: Mapping[str, int]) -> None:
        """Waits until there are this many dead letters of each of these reasons."""

        query = "SELECT reason, count(*) FROM dead_letters GROUP BY ALL"
        wait_for(lambda: reasons.items() <= dict(self.rows(query)).items(), explain=self.logs)

    def await_progress(self, event_ids: Sequence[str], left: int) -> None:
        """Waits until fewer than `left` of the events are missing."""
        wait_for(lambda: len(self.counts(event_ids)) > len(event_ids) - left, explain=self.logs)

    def logs(self) -> str:
        return "\n".join(child.tail() for child in self.children)


@contextmanager
def consumers(
    bootstrap: str, folder: Path, protocol: str = "static", *, prepared: bool = True
) -> Iterator[Consumers]:
    """Consumers, which are killed at the end if they are still running."""
    group = Consumers(bootstrap, folder, protocol, prepared=prepared)
    try:
        yield group
    finally:
        group.close()
