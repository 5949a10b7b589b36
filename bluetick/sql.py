"""`bluetick sql`: questions to the warehouse while everything else goes on. It only reads."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TextIO, TypeVar, cast, get_args

import duckdb
import pyarrow as pa

from bluetick.text import Format, Row, lines
from consumer.warehouse import ALIAS, Location, connect

Result = TypeVar("Result")

FETCH_ROWS = 10_000
ONLY_READS = "`bluetick sql` only reads; `bluetick export` makes a copy to write to."
# Attached once more, the warehouse could be written; DuckDB refuses the other ways itself.
CHANGES = (duckdb.StatementType.ATTACH, duckdb.StatementType.DETACH)
PROMPT = "bluetick> "
CONTINUED = "     ...> "
HISTORY = "sql_history"
HELP = """\
Statements end with ; and may have several lines. Reading only.
  .tables           tables and views
  .schema NAME      columns of one of them
  .format FORMAT    table, csv or json
  .quit             leaves, as Ctrl-D does"""


class SqlError(Exception):
    """A statement could not be run; the message is the database's."""


class Session:
    """A read-only connection that writes results to `out`. Raises WarehouseError."""

    def __init__(self, location: Location, form: Format, out: TextIO) -> None:
        self._connection = connect(location, read_only=True)
        self._connection.execute("SET enable_progress_bar = false")
        # Whoever only asks needs no other file, and cannot write one by mistake.
        self._connection.execute("SET allowed_directories = [?]", [location.data_path])
        self._connection.execute("SET enable_external_access = false")
        self.form: Format = form
        self._out = out
        self._worker = ThreadPoolExecutor(1)

    def run(self, text: str) -> None:
        """Runs the statements of `text` and writes their rows. Raises SqlError."""
        try:
            for statement in self._connection.extract_statements(text):
                if statement.type in CHANGES:
                    raise SqlError(f"{statement.type.name} is refused: {ONLY_READS}")
                columns, rows = self._result(statement)
                for line in lines(columns, rows, self.form):
                    self._out.write(f"{line}\n")
                self._out.flush()
        except duckdb.Error as error:
            raise SqlError(_explained(error)) from None

    def _result(self, statement: duckdb.Statement) -> tuple[list[str], Iterable[Row]]:
        reader = self._wait(lambda: self._connection.execute(statement).to_arrow_reader(FETCH_ROWS))
        return reader.schema.names, self._rows(reader)

    def _rows(self, reader: pa.RecordBatchReader) -> Iterator[Row]:
        while (batch := self._wait(lambda: next(reader, None))) is not None:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def _wait(self, work: Callable[[], Result]) -> Result:
        """Runs `work` in another thread: in this one, Ctrl-C would only be seen when it is done."""
        running = self._worker.submit(work)
        try:
            return running.result()
        except KeyboardInterrupt:
            self._connection.interrupt()
            wait([running])
            raise

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


def one_shot(location: Location, text: str, form: Format) -> int:
    """Runs `text` and returns the exit code."""
    session = Session(location, form, sys.stdout)
    try:
        session.run(text)
    except SqlError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # a reader such as `head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        session.close()
    return 0


def interactive(location: Location, form: Format, data_dir: Path) -> int:
    """Asks for statements until Ctrl-D or `.quit`; the history stays in `data_dir`."""
    session = Session(location, form, sys.stdout)
    print(f"Bluetick's warehouse, reading only. .help explains.\n{', '.join(_views(session))}")
    with _history(data_dir / HISTORY):
        for text in _statements():
            try:
                if text.startswith("."):
                    if not _command(session, text):
                        break
                else:
                    session.run(text)
            except SqlError as error:
                print(error, file=sys.stderr)
            except KeyboardInterrupt:
                print("interrupted", file=sys.stderr)
    session.close()
    return 0


def _statements() -> Iterator[str]:
    """What the user types, whole statement by whole statement."""
    typed = ""
    while True:
        try:
            line = input(CONTINUED if typed else PROMPT)
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()
            typed = ""
            continue
        if not typed and line.strip().startswith("."):
            yield line.strip()
            continue
        typed = f"{typed}\n{line}" if typed else line
        if typed.rstrip().endswith(";"):
            yield typed
            typed = ""
        elif not typed.strip():
            typed = ""


def _command(session: Session, text: str) -> bool:
    """Runs a command that begins with a dot; False ends the session."""
    name, _, argument = text.partition(" ")
    argument = argument.strip().rstrip(";")
    if name in (".quit", ".exit"):
        return False
    if name == ".tables":
        for entry, kind in session.names():
            print(f"{kind:5}  {entry}")
    elif name == ".schema" and argument:
        quoted = argument.replace('"', '""')
        session.run(f'SELECT column_name, column_type FROM (DESCRIBE "{quoted}")')
    elif name == ".format" and argument in get_args(Format):
        session.form = cast(Format, argument)
    else:
        print(HELP)
    return True


def _views(session: Session) -> list[str]:
    return [name for name, kind in session.names() if kind == "view"]


@contextlib.contextmanager
def _history(file: Path) -> Iterator[None]:
    """Line editing and the lines of earlier sessions, where this Python can do it."""
    try:
        import readline
    except ImportError:
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(file)
    readline.set_history_length(1000)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            # What was asked may name people's numbers: nobody else's to read.
            file.touch(mode=0o600)
            readline.write_history_file(file)


def _explained(error: duckdb.Error) -> str:
    text = str(error)
    if "read-only" in text.lower():
        return f"{text}\n{ONLY_READS}"
    if "disabled by configuration" in text:
        return f"{text}\nNo files here: use --format csv > FILE, or `bluetick export`."
    return text
