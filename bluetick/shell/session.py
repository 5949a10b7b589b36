"""A read-only session: runs statements and writes their rows, within a time limit."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TextIO, TypeVar

import duckdb
import pyarrow as pa

from bluetick.shell.table_format import Format, Row, output_lines
from settings.visible_text import visible
from warehouse.connection import ALIAS, Location, connect
from warehouse.read_only_sql import Allowed, SqlRefused, allowed
from warehouse.renewal import breaks_connection

Result = TypeVar("Result")

FETCH_ROWS = 10_000

OPENED_ANEW = (
    "This is an error inside DuckDB. The warehouse was opened again, so you can go on; variables "
    "and settings of this session are lost."
)


class SqlError(Exception):
    """A statement failed or was refused; the message is for the user and safe in a terminal."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message, keep="\n"))


class Session:
    """A read-only connection that writes results to `out`. Raises WarehouseError.

    Each statement, output included, is stopped after `seconds`; 0 sets no limit. `exact` is for
    CSV, see `output_lines`.
    """

    def __init__(
        self,
        location: Location,
        form: Format,
        out: TextIO,
        seconds: float = 0.0,
        *,
        exact: bool = False,
    ) -> None:
        self._location = location
        self._connection = _opened(location)
        self.form: Format = form
        self.seconds = seconds
        self._out, self._exact = out, exact
        self._worker = ThreadPoolExecutor(1)
        self._lock = threading.Lock()
        self._statement = 0  # number of the running statement
        self._late = False

    def run(self, text: str) -> None:
        """Run the statements of `text` and write their rows. Raises SqlError.

        If one statement is refused, none runs. No result stays open, even after an error: an
        open reading transaction lets the catalog's write-ahead log grow.
        """
        try:
            statements = allowed(text)
        except (SqlRefused, duckdb.Error) as error:
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
        rows = self._rows(reader)
        names, width = reader.schema.names, _width(self._out)
        answer = output_lines(names, rows, self.form, exact=self._exact, width=width)
        for line in answer:
            if one.answers:  # others return one row that only says that they ran
                self._out.write(f"{line}\n")
        self._out.flush()

    def _rows(self, reader: pa.RecordBatchReader) -> Iterator[Row]:
        while (batch := self._ask(lambda: next(reader, None))) is not None:
            yield from _rows_of(batch)

    def _ask(self, work: Callable[[], Result]) -> Result:
        """Run `work`, which queries the database. Raises SqlError, also when the time is over."""
        try:
            result = self._wait(work)
        except (duckdb.Error, OSError, pa.ArrowException) as error:
            if breaks_connection(error):
                self._connection.close()
                self._connection = _opened(self._location)
                raise SqlError(f"{error}\n{OPENED_ANEW}") from None
            raise SqlError(self._too_late() if self._late else str(error)) from None
        if self._late:  # the remaining rows are lost
            raise SqlError(self._too_late())
        return result

    def _wait(self, work: Callable[[], Result]) -> Result:
        """Run `work` in another thread: in this one, Ctrl-C would only act after `work` ends."""
        running = self._worker.submit(work)
        try:
            return running.result()
        except KeyboardInterrupt:
            self._connection.interrupt()
            wait([running])
            raise

    def _release(self) -> None:
        """End the transaction of the last result. Only another statement does; `close` does not."""
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
        """End the statement, even while its output blocks."""
        with self._lock:
            if statement == self._statement:
                self._late = True
                self._connection.interrupt()
                self._worker.submit(self._release)

    def _too_late(self) -> str:
        return (
            f"The statement was stopped after {self.seconds:g} seconds. Limit what it reads, for "
            "example with FROM outcomes('2026-11-01', '2026-11-08'), or allow more time with "
            "--timeout SECONDS (0 sets no limit)."
        )

    def names(self) -> list[tuple[str, str]]:
        """Names and kinds of tables and views."""
        return self._connection.execute(
            "SELECT table_name, lower(replace(table_type, 'BASE ', '')) "
            "FROM information_schema.tables WHERE table_catalog = ? ORDER BY 2, 1",
            [ALIAS],
        ).fetchall()

    def words(self) -> list[str]:
        """Names of tables, views and their columns."""
        rows = self._connection.execute(
            "SELECT DISTINCT unnest([table_name, column_name]) FROM information_schema.columns "
            "WHERE table_catalog = ? ORDER BY 1",
            [ALIAS],
        )
        return [word for (word,) in rows.fetchall()]

    def close(self) -> None:
        self._worker.shutdown()
        self._connection.close()


def _width(out: TextIO) -> int | None:
    """Characters in a line of a terminal; None if it is none."""
    return os.get_terminal_size(out.fileno()).columns if out.isatty() else None


def _opened(location: Location) -> duckdb.DuckDBPyConnection:
    connection = connect(location, read_only=True)
    connection.execute("SET enable_progress_bar = false")
    # A second barrier behind the rule for statements: a query needs no other file.
    connection.execute("SET allowed_directories = [?]", [location.data_path])
    connection.execute("SET enable_external_access = false")
    return connection


def _rows_of(batch: pa.RecordBatch) -> list[Row]:
    try:
        return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    except (ValueError, pa.ArrowException) as error:  # such as a struct without names: (1, 2)
        raise SqlError(f"The rows cannot be shown: {error}") from None
