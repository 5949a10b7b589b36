"""How many threads DuckDB works with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import duckdb


@contextlib.contextmanager
def one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """DuckDB works with one thread within the `with` block: for many statements of few rows.

    Several threads have nothing to share there, and cost each statement processor time.
    """
    # With its whole name, DuckDB does not open the catalog to look for a macro of this name.
    ((before,),) = connection.execute("SELECT system.main.current_setting('threads')").fetchall()
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        # After an error inside DuckDB, the connection refuses this too, and is replaced.
        with contextlib.suppress(duckdb.Error):
            connection.execute("SET threads = ?", [before])
