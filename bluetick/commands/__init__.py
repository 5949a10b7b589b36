"""One thin function for each command. What it needs is imported when it runs, so that `--help`
answers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Where a command writes to people: text as it is, wrapped by the terminal only."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)
