"""`bluetick sql`: query the warehouse while everything runs. Only reads."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import cast, get_args

from bluetick.shell.session import Session, SqlError
from bluetick.shell.table_format import Format
from warehouse.connection import Location

HISTORY = "sql_history"
# Commands that need no dot: no statement begins with these words.
PLAIN = ("exit", "quit", "help")
HELP = """\
End statements with ;. They can have several lines. Read-only.
Tab completes names of tables, views and columns.
  .tables           list tables and views
  .schema NAME      list the columns of a table or view
  .format FORMAT    print table, csv or json
  .timeout SECONDS  stop a statement after this time; 0 sets no limit
  .quit             leave (or exit, quit, Ctrl-D)"""


def one_shot(
    location: Location, text: str, form: Format, seconds: float, *, exact: bool = False
) -> int:
    """Run `text`, with a limit of `seconds` for each statement. Returns the exit code."""
    session = Session(location, form, sys.stdout, seconds, exact=exact)
    with contextlib.closing(session):
        try:
            session.run(text)
        except SqlError as error:
            print(error, file=sys.stderr)
            return 1
        except BrokenPipeError:  # a reader such as `head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def interactive(
    location: Location, form: Format, data_dir: Path, seconds: float, *, exact: bool = False
) -> int:
    """Read statements until Ctrl-D or `exit`. Keeps the history in `data_dir`."""
    from bluetick.shell.line_editor import typed_statements  # its import takes 0.1 s

    session = Session(location, form, sys.stdout, seconds, exact=exact)
    with contextlib.closing(session):
        views = [name for name, kind in session.names() if kind == "view"]
        print("Bluetick's warehouse, read-only. Type help for help, exit to leave.")
        print(", ".join(views))
        for text in typed_statements(session.words(), data_dir / HISTORY):
            if not _obeyed(session, text):
                break
    return 0


def _obeyed(session: Session, text: str) -> bool:
    """Run what the user typed and print errors. Returns False to end the session."""
    try:
        plain = text.rstrip("; \t").lower()
        if plain in PLAIN:
            text = f".{plain}"
        if text.startswith("."):
            return _command(session, text)
        session.run(text)
    except SqlError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    return True


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
