"""A catalog that is locked by another process."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from warehouse.connection import Location


@contextlib.contextmanager
def locked_catalog(location: Location) -> Iterator[None]:
    """Holds the catalog's write lock from another process.

    A lock in this process would have no effect: two SQLite libraries in one process ignore each
    other's locks.
    """
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); "
        "print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(location.sqlite_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"locked\n"
        yield
