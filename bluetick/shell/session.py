"""One read-only session with the warehouse: statements in, their rows out, within a time limit."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TextIO, TypeVar

import duckdb
import pyarrow as pa

from bluetick.shell.table_format import Format, Row, lines
from warehouse.connection import ALIAS, Location, connect
from warehouse.read_only_sql import Allowed, Refused, allowed

Result = TypeVar("Result")

FETCH_ROWS = 10_000


class SqlError(Exception):
    """A statement could not be run; the message is the database's, or says why it was refused."""


class Session:
    """A read-only connection that writes results to `out`. Raises WarehouseError.

    A statement may take `seconds`, its output included; 0 means as long as it takes.
    """

    def __init__(self, location: Location, form: Format, out: TextIO, seconds: float = 0.0) -> None:
        self._connection = connect(location, read_only=True)
        self._connection.execute("SET enable_progress_bar = false")
        # Behind the rule for statements: whoever only asks needs no other file.
        self._connection.execute("SET allowed_directories = [?]", [location.data_path])
        self._connection.execute("SET enable_external_access = false")
        self.form: Format = form
        self.seconds = seconds
        self._out = out
        self._worker = ThreadPoolExecutor(1)
        self._lock = threading.Lock()
        self._statement = 0  # the number of the one that runs
        self._late = False

    def run(self, text: str) -> None:
        """Runs the statements of `text` and writes their rows. Raises SqlError.

        Where one of them is refused, none is run. Whatever happens, no result is left open:
        a transaction that reads keeps the catalog's write-ahead log from beginning anew.
        """
        try:
            statements = allowed(text)
        except (Refused, duckdb.Error) as error:
            raise SqlError(str(error)) from None
        for statement in statements:
            with self._within_time():
                try:
                    self._answer(statement)
                finally:
                    self._wait(self._release)

    def _answer(self, one: Allowed) -> None:
        reader = self._ask(
            lambda: self._connection.execute(one.statement).to_arrow_reader(FETCH_ROWS)
        )
        answer = lines(reader.schema.names, self._rows(reader), self.form)
        for line in answer:
            if one.answers:  # others return a row that only says that they ran
                self._out.write(f"{line}\n")
        self._out.flush()

    def _rows(self, reader: pa.RecordBatchReader) -> Iterator[Row]:
        while (batch := self._ask(lambda: next(reader, None))) is not None:
            yield from _rows_of(batch)

    def _ask(self, work: Callable[[], Result]) -> Result:
        """Runs `work`, which asks the database. Raises SqlError, also where time has run out."""
        try:
            result = self._wait(work)
        except (duckdb.Error, OSError, pa.ArrowException) as error:
            raise SqlError(self._too_late() if self._late else str(error)) from None
        if self._late:  # what was left of the rows is lost
            raise SqlError(self._too_late())
        return result

    def _wait(self, work: Callable[[], Result]) -> Result:
        """Runs `work` in another thread: in this one, Ctrl-C would only be seen when it is done."""
        running = self._worker.submit(work)
        try:
            return running.result()
        except KeyboardInterrupt:
            self._connection.interrupt()
            wait([running])
            raise

    def _release(self) -> None:
        """Ends the transaction of the last result; only another statement does, no `close`."""
        with contextlib.suppress(duckdb.Error):
            self._connection.execute("SELECT NULL").fetchall()

    @contextlib.contextmanager
    def _within_time(self) -> Iterator[None]:
        self._late = False
        if not self.seconds:
            yield
            return
        clock = threading.Timer(self.seconds, self._end, [self._statement])
        clock.daemon = True
        clock.start()
        try:
            yield
        finally:
            clock.cancel()
            with self._lock:
                self._statement += 1

    def _end(self, statement: int) -> None:
        """Ends the statement, also while nobody takes the rows it has already found."""
        with self._lock:
            if statement == self._statement:
                self._late = True
                self._connection.interrupt()
                self._worker.submit(self._release)

    def _too_late(self) -> str:
        return (
            f"The statement was ended after {self.seconds:g} seconds. Limit what it reads, such "
            "as with SET VARIABLE bluetick_since, or give it more time: --timeout SECONDS, "
            "where 0 means no limit."
        )

    def names(self) -> list[tuple[str, str]]:
        """Tables and views: their names and kinds."""
        return self._connection.execute(
            "SELECT table_name, lower(replace(table_type, 'BASE ', '')) "
            "FROM information_schema.tables WHERE table_catalog = ? ORDER BY 2, 1",
            [ALIAS],
        ).fetchall()

    def close(self) -> None:
        self._worker.shutdown()
        self._connection.close()


def _rows_of(batch: pa.RecordBatch) -> list[Row]:
    try:
        return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    except (ValueError, pa.ArrowException) as error:  # such as a struct without names: (1, 2)
        raise SqlError(f"The rows cannot be shown: {error}") from None
