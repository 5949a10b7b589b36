"""The display of the progress."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.local.progress import Progress
from bluetick.local.progress_display import reporting


def test_without_a_terminal_only_changes_are_printed() -> None:
    out = io.StringIO()
    with reporting(Console(file=out)) as show:
        show(None)
        show(Progress(received=1))
        show(Progress(received=2, landed=1))  # too soon for another
    assert out.getvalue() == ("received 1 · landed 0 · duplicates 0 · dead letters 0 · waiting 1\n")


def test_a_terminal_has_one_line_that_changes() -> None:
    out = io.StringIO()
    with reporting(Console(file=out, force_terminal=True)) as show:
        show(Progress(received=1))
        show(None)
    assert "\x1b" in out.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="has no /dev/full")
def test_a_full_disk_does_not_end_the_program() -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115  # closing it fails
    with reporting(Console(file=full)) as show:
        show(Progress(received=1))
    with pytest.raises(OSError, match="No space"):
        full.close()
