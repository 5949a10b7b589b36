"""The statuses of recent messages in a local store, so that a landing need not search for them.

The warehouse stays the truth: the store holds the position up to which it has read, and reads what
is missing. It can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
from rocksdict import WriteBatch

from schemas.topics import STATUSES
from warehouse import seen_events
from warehouse.known_messages import IS_REACTION, REACTIONS_SQL, STATUSES_SQL, Known
from warehouse.known_text import decoded, encoded
from warehouse.landed_position import NOTHING, Position, between, landed_position
from warehouse.offsets import Span
from warehouse.rocksdb_store import StoreInUse, is_rocksdb_error, open_store

logger = logging.getLogger(__name__)

# Statuses are read that were received in this time. The store keeps each for longer.
READ_FOR = timedelta(days=33)
# Only events received in this time find all earlier statuses of their messages in the store.
LATE = timedelta(days=2)
CHUNK_ROWS = 20_000
# Consumers on one machine that have a store each.
MOST_CONSUMERS = 16

# Without it, the store is read anew: so after a release that writes it otherwise.
_POSITION = b"position/3"
_MESSAGE = b"message/"
# How many requests to erase people were finished when the store was filled.
_REQUESTS = b"requests"

_NO_IDS = pl.Series(dtype=pl.String)


class RecentStatuses:
    """The store of one consumer."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreInUse if another process has opened it."""
        self._folder = folder
        self._store = open_store(folder)
        self._failed = False
        # The position of the transaction, if the store has read up to it.
        self._current: Position | None = None
        # What the transaction has read, of these messages.
        self._before = Known.of(None, None)
        self._ids = _NO_IDS
        self._staged: tuple[Position, Known] | None = None
        # It may hold people who were erased: fill it anew.
        self.outdated = False

    def close(self) -> None:
        """Closes the store; another process may then open it."""
        if not self._failed:
            self._store.close()

    def begin(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Reads what others have landed; call at the start of a transaction."""
        self._staged = self._current = None
        self._before, self._ids = Known.of(None, None), _NO_IDS
        with self._watched():
            self._current = None if self._failed else self._catch_up(connection)

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

    def stage(self, spans: Iterable[Span], fresh: Known) -> None:
        """Keeps what this transaction adds, by landing `spans`, until `commit`."""
        if self._current is None:
            return
        with self._watched():
            touched = self._read_too(fresh.ids).of_messages(fresh.ids)
            self._staged = self._current.after(spans), touched.and_also(fresh)

    def commit(self) -> None:
        """Writes what was staged; call after the transaction.

        If the process ends before this, the next transaction finds the rows in the warehouse.
        """
        if self._staged:
            position, whole = self._staged
            self._staged = None
            with self._watched():
                self._put(whole, position)

    def fill(
        self,
        connection: duckdb.DuckDBPyConnection,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Reads what is missing, or everything, from the warehouse; call before landing.

        Until it is filled, landing searches the warehouse. Ends early if `stopped` becomes true.
        """
        try:
            connection.execute("BEGIN")
            with self._watched():
                if self._catch_up(connection) is None:
                    self._read_all(connection, stopped)
        except duckdb.Error as error:  # such as a locked catalog
            logger.warning("the store of recent statuses was not filled", exc_info=error)
        finally:
            with contextlib.suppress(duckdb.Error):
                connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """After an error of the store, such as a full disk, it is removed and not used any more."""
        try:
            yield
        except Exception as error:
            if not is_rocksdb_error(error):
                raise
            self._failed, self._current = True, None
            logger.warning(
                "landing without the store in %s until the next start: %s", self._folder, error
            )
            self._store.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _catch_up(self, connection: duckdb.DuckDBPyConnection) -> Position | None:
        """Reads what others have landed. Returns None if everything must be read again."""
        now = landed_position(connection)
        written = self._store.get(_POSITION)
        if not written:
            self._store.put(_REQUESTS, str(_requests(connection)).encode())
        elif self.look(connection):
            return None
        held = Position.from_json(written) if written else NOTHING
        if held == now:
            return now
        spans = between(held, now)
        if spans is None:
            return None
        for span in spans:
            self._add(_landed(connection, span))
        self._put(Known.of(None, None), now)
        return now

    def look(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether the store must be filled anew, because people were erased after it was filled."""
        if not self._failed and not self.outdated:
            with self._watched():
                known = self._store.get(_REQUESTS) or b"0"
                self.outdated = int(known) != _requests(connection)
        return self.outdated

    def _read_all(self, connection: duckdb.DuckDBPyConnection, stopped: Callable[[], bool]) -> None:
        self._store.close()
        shutil.rmtree(self._folder)
        self._store = open_store(self._folder)
        self._store.put(_REQUESTS, str(_requests(connection)).encode())
        self.outdated = False
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
            if stopped():
                return
        self._put(Known.of(None, None), landed_position(connection))

    def _read_too(self, ids: pl.Series) -> Known:
        """What was read in this transaction, and what the store has of these messages."""
        more = ids.filter(~ids.is_in(self._ids.implode())).unique()
        if len(more):
            self._before = self._before.and_also(self._read(more))
            self._ids = pl.concat([self._ids, more])
        return self._before

    def _read(self, ids: pl.Series) -> Known:
        """What the store has of these messages, each named once."""
        keys = [_MESSAGE + name for name in ids.cast(pl.Binary)]
        found = self._store.get(keys) or ()
        held = [(name, text) for name, text in zip(ids, found, strict=True) if text is not None]
        return decoded([name for name, _ in held], [text for _, text in held])

    def _add(self, rows: Known) -> None:
        """Adds rows to those of their messages."""
        self._put(self._read(rows.ids.unique()).and_also(rows))

    def _put(self, whole: Known, position: Position | None = None) -> None:
        """Writes all that is known of these messages, and the position, in one write."""
        batch = WriteBatch(raw_mode=True)
        for name, text in encoded(whole):
            batch.put(_MESSAGE + name, text)
        if position:
            batch.put(_POSITION, position.to_json())
        self._store.write(batch)


def open_recent_statuses(folder: Path) -> RecentStatuses | None:
    """The first store in this folder that no other consumer uses; None if none can be used."""
    for number in range(MOST_CONSUMERS):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            return RecentStatuses(folder / str(number))
        except StoreInUse:
            continue
        except Exception as error:
            if not is_rocksdb_error(error) and not isinstance(error, OSError):
                raise
            logger.warning("landing without a store of recent statuses: %s", error)
            return None
    return None


def _requests(connection: duckdb.DuckDBPyConnection) -> int:
    """How many requests to erase people are finished."""
    ((finished,),) = connection.execute(
        "SELECT count(finished_at) FROM privacy_requests"
    ).fetchall()
    return int(finished)


def _landed(connection: duckdb.DuckDBPyConnection, span: Span) -> Known:
    """The rows of these records, and maybe those of other logs with the same offsets."""
    where = 'topic = ? AND partition = ? AND "offset" >= ? AND "offset" < ?'
    place = [span.log.topic, span.partition, span.start, span.end]
    if span.log.topic == STATUSES.name:
        return Known.of(connection.execute(f"{STATUSES_SQL} WHERE {where}", place).pl(), None)
    sql = f"{REACTIONS_SQL} WHERE {where} AND {IS_REACTION}"
    return Known.of(None, connection.execute(sql, place).pl())
