"""The statuses of recent messages in a local store, so that a landing need not search for them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
from rocksdict import WriteBatch

from schemas.topics import STATUSES
from warehouse import seen_events
from warehouse.in_step import InStep
from warehouse.known_messages import IS_REACTION, REACTIONS_SQL, STATUSES_SQL, Known
from warehouse.known_text import decoded, encoded
from warehouse.landed_position import Position, landed_position
from warehouse.offsets import Span
from warehouse.rocksdb_store import (
    StoreInUse,
    claim,
    close_store,
    is_rocksdb_error,
    open_store,
)

logger = logging.getLogger(__name__)

# Statuses are read that were received in this time.
READ_FOR = timedelta(days=33)
# The store is filled anew after this time, and so forgets older ones.
RENEW_AFTER = timedelta(days=30)
# Only events received in this time find all earlier statuses of their messages in the store.
LATE = timedelta(days=2)
CHUNK_ROWS = 20_000
# Below this, another thread costs more than it saves.
MANY_ROWS = 3_000
# Consumers on one machine that have a store each.
MOST_CONSUMERS = 16

# Without it, the store is read anew: so after a release that writes it otherwise.
_POSITION = b"position/4"
_MESSAGE = b"message/"
# How many requests to erase people were finished when the store was filled.
_REQUESTS = b"requests"
# When the store was begun: ISO 8601.
_BEGUN = b"begun"

_NO_IDS = pl.Series(dtype=pl.String)


class RecentStatuses(InStep[duckdb.DuckDBPyConnection, Known, Callable[[], WriteBatch]]):
    """The store of one consumer."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreInUse if another process has opened it, and OSError."""
        super().__init__()
        self._folder = folder
        self._lock = claim(folder)
        is_new = not folder.exists()
        try:
            self._store = open_store(folder)
            if not is_new and self._store.get(_POSITION) is None:
                self._clear()  # of another version, or not filled to the end
        except BaseException:
            self._lock.close()
            raise
        # What the transaction has read, of these messages.
        self._before = Known.of(None, None)
        self._ids = _NO_IDS
        self._worker = ThreadPoolExecutor(1, "store")
        self._prepared: tuple[Known, Future[WriteBatch]] | None = None

    def __str__(self) -> str:
        return f"store in {self._folder}"

    def close(self) -> None:
        """Closes the store; another process may then open it."""
        self._worker.shutdown()
        if not self._failed and not self._lock.closed:
            close_store(self._store)
        self._lock.close()

    def begin(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Reads what others have landed; call at the start of a transaction."""
        self._before, self._ids = Known.of(None, None), _NO_IDS
        self._prepared = None
        super().begin(connection)

    def landed(self, statuses: pl.DataFrame, window: timedelta) -> pl.DataFrame | None:
        """Which of these rows landed in the time before; see `seen_events.landed`.

        Returns None if the store cannot say.
        """
        received = statuses["received_at"].min()
        assert isinstance(received, datetime)  # the schema has no null here
        if self._current is not None and received >= datetime.now(UTC) - LATE:
            with self._watched():
                before = self._read_too(statuses["message_id"])
                return seen_events.landed(before.statuses, statuses, received - window)
        return None

    def known(self, ids: pl.Series, received: datetime) -> Known | None:
        """What has landed of these messages, and maybe of others; None if the store cannot say.

        `received` is when the oldest of the events was received that are to land.
        """
        if self._current is not None and received >= datetime.now(UTC) - LATE:
            with self._watched():
                return self._read_too(ids)
        return None

    def prepare(self, fresh: Known) -> None:
        """Begins to compute what `commit` will write of these rows, which `stage` takes later.

        DuckDB's statements leave a processor free.
        """
        if self._current is not None and len(fresh.statuses) >= MANY_ROWS:
            with self._watched():
                before = self._read_too(fresh.ids)
                self._prepared = fresh, self._worker.submit(_written, before, fresh)

    def _is_own(self, error: Exception) -> bool:
        return is_rocksdb_error(error)

    def _remove(self) -> None:
        close_store(self._store)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _clear(self) -> None:
        close_store(self._store)
        shutil.rmtree(self._folder)
        self._store = open_store(self._folder)

    def _landed_position(self, connection: duckdb.DuckDBPyConnection) -> Position:
        return landed_position(connection)

    def _requests(self, connection: duckdb.DuckDBPyConnection) -> int:
        ((finished,),) = connection.execute(
            "SELECT count(finished_at) FROM privacy_requests"
        ).fetchall()
        return int(finished)

    def _position(self) -> Position | None:
        written = self._store.get(_POSITION)
        return Position.from_json(written) if written else None

    def _put_position(self, position: Position) -> None:
        self._put(partial(WriteBatch, raw_mode=True), position)

    def _requests_read(self) -> int | None:
        written = self._store.get(_REQUESTS)
        return int(written) if written else None

    def _put_requests(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._store.put(_REQUESTS, str(self._requests(connection)).encode())
        self._store.put(_BEGUN, datetime.now(UTC).isoformat().encode())

    def _is_old(self) -> bool:
        begun = self._store.get(_BEGUN)
        if begun is None:
            return False
        return datetime.now(UTC) - datetime.fromisoformat(begun.decode()) >= RENEW_AFTER

    def _add_landed(self, connection: duckdb.DuckDBPyConnection, span: Span) -> None:
        self._add(_landed(connection, span))

    def _add_all(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        reactions = connection.execute(f"{REACTIONS_SQL} WHERE {IS_REACTION}").pl()
        self._add(Known.of(None, reactions))
        reader = connection.execute(
            f"{STATUSES_SQL} WHERE received_at >= ?", [datetime.now(UTC) - READ_FOR]
        ).to_arrow_reader(CHUNK_ROWS)
        done = 0
        for batch in reader:
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            self._add(Known.of(frame, None))
            done += len(frame)
            logger.info("read %s statuses of the last days, for the sums of messages", f"{done:,}")
            yield

    def _flush(self) -> None:
        self._store.flush()

    def _change(self, fresh: Known) -> Callable[[], WriteBatch]:
        prepared, self._prepared = self._prepared, None
        if prepared and prepared[0] is fresh:
            return prepared[1].result
        return partial(_written, self._read_too(fresh.ids), fresh)

    def _put(self, change: Callable[[], WriteBatch], position: Position) -> None:
        """Writes all that is known of some messages, and the position, in one write."""
        batch = change()
        batch.put(_POSITION, position.to_json())
        self._store.write(batch)

    def _read_too(self, ids: pl.Series) -> Known:
        """What was read in this transaction, and what the store has of these messages."""
        more = ids.filter(~ids.is_in(self._ids.implode())).unique()
        if len(more):
            self._before = self._before.and_also(self._read(more))
            self._ids = pl.concat([self._ids, more])
        return self._before

    def _read(self, ids: pl.Series) -> Known:
        """What the store has of these messages, each named once."""
        # RocksDB finds keys in half the time if they are in its order.
        ids = ids.sort()
        keys = [_MESSAGE + name for name in ids.cast(pl.Binary)]
        found = self._store.get(keys) or ()
        held = [(name, text) for name, text in zip(ids, found, strict=True) if text is not None]
        return decoded([name for name, _ in held], [text for _, text in held])

    def _add(self, rows: Known) -> None:
        """Adds rows to those of their messages."""
        self._store.write(_written(self._read(rows.ids.unique()), rows))


def _written(before: Known, fresh: Known) -> WriteBatch:
    """The writes of all that is known of the messages of the fresh rows."""
    batch = WriteBatch(raw_mode=True)
    for name, text in encoded(before.of_messages(fresh.ids).and_also(fresh)):
        batch.put(_MESSAGE + name, text)
    return batch


def open_recent_statuses(folder: Path) -> RecentStatuses | None:
    """The first store in this folder that no other consumer uses; None if none can be used."""
    for number in range(MOST_CONSUMERS):
        try:
            return RecentStatuses(folder / str(number))
        except StoreInUse:
            continue
        except Exception as error:
            if not is_rocksdb_error(error) and not isinstance(error, OSError):
                raise
            logger.warning("landing without a store of recent statuses: %s", error)
            return None
    return None


def _landed(connection: duckdb.DuckDBPyConnection, span: Span) -> Known:
    """The rows of these records, and maybe those of other logs with the same offsets."""
    where = 'topic = ? AND partition = ? AND "offset" >= ? AND "offset" < ?'
    place = [span.log.topic, span.partition, span.start, span.end]
    if span.log.topic == STATUSES.name:
        return Known.of(connection.execute(f"{STATUSES_SQL} WHERE {where}", place).pl(), None)
    sql = f"{REACTIONS_SQL} WHERE {where} AND {IS_REACTION}"
    return Known.of(None, connection.execute(sql, place).pl())
