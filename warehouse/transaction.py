"""Runs work in a transaction, and repeats it after a conflict, but not after other errors."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import duckdb

from settings.errors import BluetickError
from warehouse.write_lock import Turn

Result = TypeVar("Result")

ATTEMPTS = 8
# PostgreSQL answers, but a person must change something.
_REFUSED = ("authentication failed", "does not exist", "pg_hba.conf", "does not support ssl")
_NO_SERVER = (
    *("unable to connect to postgres", "server closed the connection", "terminating connection"),
    *("no connection to the server", "connection has been closed", "connection not open"),
    # What is left of the cause when a commit loses its connection.
    'failed to commit: failed to execute query "rollback"',
)
_NO_STORE = ("error for http", "http 500", "http 502", "http 503", "http 504", "http 429")


class Busy(BluetickError):
    """The warehouse cannot be written now (locked or full); a later attempt may succeed."""


class Transactions(Protocol):
    """What `transact` needs of a connection."""

    def execute(self, query: str, /) -> object:
        """Executes BEGIN, COMMIT or ROLLBACK."""


def transact(
    connection: Transactions,
    work: Callable[[], Result],
    *,
    attempts: int = ATTEMPTS,
    lock: Turn | None = None,
    on_retry: Callable[[], None] = lambda: None,
    pause: Callable[[float], object] = time.sleep,
) -> Result:
    """Runs `work` in one transaction, up to `attempts` times if another writer was faster.

    In a SQLite catalog, two writers at the same time always conflict, and the second commit fails
    as a whole. With `lock`, the writers of one machine queue first. Calls `on_retry` after each
    attempt that failed for such a reason, then `pause` with seconds. Raises Busy after the last
    attempt, and any other error of `work`; then nothing is committed.
    """
    for attempt in range(attempts):
        with lock.held() if lock else contextlib.nullcontext():
            try:
                connection.execute("BEGIN")
                result = work()
                connection.execute("COMMIT")
                return result
            except BaseException as error:
                roll_back(connection)
                reason = passing_cause(error)
                if reason is None:
                    raise
                on_retry()
                failure = error
        pause(random.uniform(0.5, 1.5) * 0.02 * 2**attempt)
    raise Busy(reason) from failure


@contextlib.contextmanager
def busy_if_passing() -> Iterator[None]:
    """Raises Busy instead of an error of DuckDB after which the same work may succeed later."""
    try:
        yield
    except duckdb.Error as error:
        if cause := passing_cause(error):
            raise Busy(cause) from error
        raise


def roll_back(connection: Transactions) -> None:
    """Ends the transaction if there is one; call this before a connection is closed within one.

    If its PostgreSQL is gone, DuckDB would end the process while it closes the connection.
    """
    # A failed COMMIT has ended the transaction already.
    with contextlib.suppress(duckdb.Error):
        connection.execute("ROLLBACK")


def passing_cause(error: BaseException) -> str | None:
    """Why the same work may succeed later (conflict, lock, full disk); None if it will not."""
    # Texts of other errors may quote a row, and so contain these words by chance. DuckLake raises
    # the base class if it cannot read the catalog.
    if not isinstance(error, duckdb.OperationalError) and type(error) is not duckdb.Error:
        return None
    text = str(error).lower()
    if any(words in text for words in _REFUSED):
        return None
    if any(words in text for words in _NO_SERVER):
        return "PostgreSQL does not answer"
    if isinstance(error, duckdb.HTTPException) or any(words in text for words in _NO_STORE):
        return "the storage of the files does not answer"
    if "locked" in text or "busy" in text:
        return "the catalog is locked by another writer"
    # DuckLake may hide the catalog's first error and report only that its transaction has ended.
    if "conflict" in text or "transaction is aborted" in text:
        return "another writer changed the same rows"
    if "no space" in text or "disk is full" in text or "disk full" in text or "disk quota" in text:
        return "the disk is full"
    if "disk i/o error" in text or "unable to open database" in text:
        return "the catalog cannot be written"
    return None
