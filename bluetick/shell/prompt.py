"""`bluetick sql`: query the warehouse while everything runs. Only reads."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

from bluetick.shell.session import Session, SqlError
from bluetick.shell.table_format import Format
from warehouse.connection import Location

PROMPT = "bluetick> "
CONTINUED = "     ...> "
HISTORY = "sql_history"
HELP = """\
End statements with ;. They can have several lines. Read-only.
  .tables           list tables and views
  .schema NAME      list the columns of a table or view
  .format FORMAT    print table, csv or json
  .timeout SECONDS  stop a statement after this time; 0 sets no limit
  .quit             leave (or press Ctrl-D)"""


def one_shot(location: Location, text: str, form: Format, seconds: float) -> int:
    """Run `text`, with a limit of `seconds` for each statement. Returns the exit code."""
    with contextlib.closing(Session(location, form, sys.stdout, seconds)) as session:
        try:
            session.run(text)
        except SqlError as error:
            print(error, file=sys.stderr)
            return 1
        except BrokenPipeError:  # a reader such as `head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def interactive(location: Location, form: Format, data_dir: Path, seconds: float) -> int:
    """Read statements until Ctrl-D or `.quit`. Keeps the history in `data_dir`."""
    with contextlib.closing(Session(location, form, sys.stdout, seconds)) as session:
        views = [name for name, kind in session.names() if kind == "view"]
        print(f"Bluetick's warehouse, read-only. Type .help for help.\n{', '.join(views)}")
        with _history(data_dir / HISTORY):
            for text in _statements():
                if not _obeyed(session, text):
                    break
    return 0


def _obeyed(session: Session, text: str) -> bool:
    """Run what the user typed and print errors. Returns False to end the session."""
    try:
        if text.startswith("."):
            return _command(session, text)
        session.run(text)
    except SqlError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    return True


def _statements() -> Iterator[str]:
    """Yield what the user types, one statement or dot command at a time."""
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
    """Run a command that begins with a dot. Returns False to end the session."""
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
    elif name == ".timeout" and argument.isdecimal():
        session.seconds = int(argument)
    else:
        print(HELP)
    return True


@contextlib.contextmanager
def _history(file: Path) -> Iterator[None]:
    """Line editing and history, if this Python supports them."""
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
            # Queries may contain phone numbers: only the owner may read the file.
            file.touch(mode=0o600)
            readline.write_history_file(file)
