"""Runs a long statement of DuckDB and says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import duckdb

POLL_SECONDS = 0.1


def watched(connection: duckdb.DuckDBPyConnection, statement: str) -> Iterator[float]:
    """Run the statement and yield its progress (0 to 1) while it runs. Raises duckdb.Error."""
    failure: list[duckdb.Error] = []

    def work() -> None:
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            failure.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(POLL_SECONDS)
            yield max(0.0, connection.query_progress()) / 100
    except BaseException:  # Ctrl-C: the statement must end before the connection closes
        connection.interrupt()
        worker.join()
        raise
    if failure:
        raise failure[0]
