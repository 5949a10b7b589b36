"""Reads what a user types, with highlighting, completion and a history where a terminal allows."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.utils import is_dumb_terminal
from pygments.lexers.sql import PostgresLexer

from bluetick.shell.prompt import PLAIN

PROMPT = "bluetick> "
CONTINUED = "     ...> "


def typed_statements(words: Sequence[str], history: Path) -> Iterator[str]:
    """Yield what the user types, one dot command or one or more statements at a time.

    Tab completes `words`.
    """
    read = _reader(words, history)
    typed: list[str] = []
    while True:
        try:
            typed.append(read(CONTINUED if typed else PROMPT))
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()
            typed = []
            continue
        text = "\n".join(typed).strip()
        if _is_complete(text):
            typed = []
            if text:
                yield text


def _reader(words: Sequence[str], history: Path) -> Callable[[str], str]:
    """A function that prints a prompt and returns what is typed, a line or more.

    It raises EOFError on Ctrl-D and KeyboardInterrupt on Ctrl-C.
    """
    if is_dumb_terminal() or not sys.stdout.isatty():
        return input
    return PromptSession[str](
        lexer=PygmentsLexer(PostgresLexer),  # Pygments knows no dialect nearer to DuckDB's
        completer=WordCompleter(words, ignore_case=True),
        complete_while_typing=False,
        history=_History(history),
        multiline=Condition(lambda: not _is_complete(get_app().current_buffer.text)),
        prompt_continuation=CONTINUED,
    ).prompt


def _is_complete(text: str) -> bool:
    """Whether nothing more is expected: a blank text, a command, or statements with `;`."""
    text = text.strip()
    return not text or text.startswith(".") or text.endswith(";") or text.lower() in PLAIN


class _History(FileHistory):
    """A history file that only its owner may read: queries may contain phone numbers."""

    def load_history_strings(self) -> Iterable[str]:
        with contextlib.suppress(OSError):
            return super().load_history_strings()
        return []

    def store_string(self, string: str) -> None:
        with contextlib.suppress(OSError):
            Path(str(self.filename)).touch(mode=0o600)
            super().store_string(string)
