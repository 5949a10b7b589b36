"""One thin function per command. Each imports what it needs when it runs, so that `--help` is
fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Console for messages to people: plain text that only the terminal wraps."""
    from bluetick.visible_console import VisibleConsole

    return VisibleConsole(stderr=stderr, highlight=False, markup=False, soft_wrap=True)
