"""The store of recent statuses on a disk of the model, kept in step by the real code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.proof.catalog import Connection, Row, Violation
from warehouse.in_step import InStep
from warehouse.landed_position import Position
from warehouse.offsets import Span

if TYPE_CHECKING:
    from tests.proof.process import Process


class Disk(NamedTuple):
    """What a consumer has in its store. `position` is as JSON.

    A crash may take away what was written after `flushed`.
    """

    position: bytes | None = None
    requests: int | None = None
    rows: frozenset[tuple[str, str]] = frozenset()
    failed: bool = False
    flushed: Disk | None = None

    def after_crash(self) -> dict[str, Disk]:
        """What a crash may leave, by what happens: everything, or what was flushed."""
        least = (self.flushed or Disk())._replace(flushed=self.flushed)
        return {"crashes": self._replace(failed=False), "crashes, its store loses rows": least}


class StoreError(Exception):
    """The store cannot be written."""


Pairs = frozenset[tuple[str, str]]


class Store(InStep[Connection, Pairs, Pairs]):
    """The rows are pairs of an event and its content."""

    most = 1

    def __init__(self, process: Process) -> None:
        super().__init__()
        self._process = process
        self._failed = process.disk.failed

    def known(self, connection: Connection) -> frozenset[tuple[str, str]] | None:
        """What has landed; None if the store cannot say. Raises Violation if it is wrong."""
        if self._current is None:
            return None
        landed = pairs(connection.snapshot.rows)
        if landed != self._process.disk.rows:
            raise Violation("the store is used while it is not in step with the warehouse")
        return landed

    def _write(self, **changes: Any) -> None:
        if self._process.effect("disk"):
            raise StoreError
        self._process.disk = self._process.disk._replace(**changes)

    def _is_own(self, error: Exception) -> bool:
        return isinstance(error, StoreError)

    def _remove(self) -> None:
        self._process.disk = Disk(failed=True)

    def _clear(self) -> None:
        self._write(position=None, requests=None, rows=frozenset(), flushed=None)

    def _flush(self) -> None:
        disk = self._process.disk
        self._write(flushed=disk._replace(failed=False, flushed=None))

    def _landed_position(self, connection: Connection) -> Position:
        return connection.snapshot.position()

    def _requests(self, _connection: Connection) -> int:
        return 0

    def _position(self) -> Position | None:
        text = self._process.disk.position
        return None if text is None else Position.from_json(text)

    def _put_position(self, position: Position) -> None:
        self._write(position=position.to_json())

    def _requests_read(self) -> int | None:
        return self._process.disk.requests

    def _put_requests(self, connection: Connection) -> None:
        self._write(requests=self._requests(connection))

    def _is_old(self) -> bool:
        return False

    def _add_landed(self, connection: Connection, span: Span) -> None:
        of_span = [
            row
            for row in connection.snapshot.rows
            if row.partition == span.partition and span.start <= row.offset < span.end
        ]
        self._write(rows=self._process.disk.rows | pairs(of_span))

    def _add_all(self, connection: Connection) -> Iterator[None]:
        self._write(rows=self._process.disk.rows | pairs(connection.snapshot.rows))
        yield

    def _change(self, fresh: Pairs) -> Pairs:
        return fresh

    def _put(self, change: Pairs, position: Position) -> None:
        self._write(rows=self._process.disk.rows | change, position=position.to_json())


def pairs(rows: tuple[Row, ...] | list[Row]) -> frozenset[tuple[str, str]]:
    return frozenset((row.event, row.content) for row in rows)
