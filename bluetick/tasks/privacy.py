"""`bluetick privacy`: find, export or erase what the warehouse has about people or messages."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
from rich.console import Console
from rich.progress import Progress

from bluetick.shell.table_format import json_line
from schemas.topics import DEAD_LETTERS
from settings.errors import BluetickError
from warehouse import dead_letter_erasure, maintenance
from warehouse.advisory_lock import turn
from warehouse.connection import Location, connect, is_current
from warehouse.person_erasure import erase_people
from warehouse.subjects import TOPICS, Subjects, gather, needles, rows_about
from warehouse.transaction import passing_cause

CHUNK_ROWS = 1_000


class PrivacyError(BluetickError):
    """The request could not be finished; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many people and messages a request found, or had erased before."""

    people: int
    messages: int


def find(location: Location, wanted: Subjects) -> dict[str, int]:
    """The number of rows by table. Raises PrivacyError, WarehouseError and Busy."""
    with _opened(location) as connection:
        gather(connection, wanted)
        found = {}
        for topic in TOPICS:
            ((count,),) = connection.execute(
                f"SELECT count(*) FROM ({rows_about(topic)})"
            ).fetchall()
            found[str(topic.table)] = int(count)
        letters = dead_letter_erasure.find(connection, needles(connection))
        return {**found, str(DEAD_LETTERS.table): len(letters)}


def export(location: Location, wanted: Subjects) -> Iterator[str]:
    """The rows as JSON lines, each with its table. Raises as `find`."""
    with _opened(location) as connection:
        gather(connection, wanted)
        for topic in TOPICS:
            yield from _lines(connection, str(topic.table), rows_about(topic))
        letters = dead_letter_erasure.find(connection, needles(connection))
        ids = "SELECT unnest($ids::VARCHAR[])::UUID"
        query = f"FROM dead_letters WHERE event_id IN ({ids})"
        yield from _lines(connection, "dead_letters", query, {"ids": letters})


def _lines(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    query: str,
    parameters: dict[str, object] | None = None,
) -> Iterator[str]:
    reader = connection.execute(query, parameters or {}).to_arrow_reader(CHUNK_ROWS)
    for batch in reader:
        for row in batch.to_pylist():
            yield json_line({"table": table, **row})


def erase(location: Location, wanted: Subjects, console: Console, now: bool = False) -> Erased:
    """Erases, with a progress bar. `now` removes old snapshots too, which may end queries.

    Raises PrivacyError, WarehouseError, KeyMissing and Busy. Done again, it finishes what an
    earlier one left.
    """
    with _opened(location):
        pass
    lock = turn(location)
    with _watched(), connect(location) as connection:
        with Progress(console=console, disable=not console.is_terminal) as progress:
            bar = progress.add_task("search", total=None)
            for at in erase_people(connection, wanted, lock):
                progress.update(bar, description=at.step, completed=at.done, total=at.total)
        ((people, messages),) = connection.execute(
            "SELECT (SELECT count(DISTINCT subject) FROM subjects), "
            "(SELECT count(*) FROM gone_messages)"
        ).fetchall()
        if now:
            maintenance.remove_old(connection, location, lock)
        else:
            console.print(
                "Old snapshots hold these rows until the consumer's maintenance has removed them, "
                "by default within an hour and a half."
            )
    return Erased(people, messages)


@contextlib.contextmanager
def _opened(location: Location) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of this version, to read. Raises PrivacyError, WarehouseError and Busy."""
    with connect(location, read_only=True) as connection, _watched():
        if not is_current(connection):
            raise PrivacyError(
                "the warehouse is of another version: start `bluetick up` or `bluetick land` of "
                "this version first, which updates it"
            )
        yield connection


@contextlib.contextmanager
def _watched() -> Iterator[None]:
    """Gives DuckDB's errors without their texts, which may quote a row. Raises PrivacyError."""
    try:
        yield
    except duckdb.Error as error:
        cause = passing_cause(error) or type(error).__name__
        raise PrivacyError(f"the warehouse could not be used ({cause}): run it again") from None
