"""Erases people and messages from everything the warehouse holds, while events land.

It works in steps that each leave the warehouse right. After the first one, nothing about these
people lands any more, so that what is left can be erased file by file. If it ends early, the same
request finishes it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb

from schemas.topics import ACCOUNT_EVENTS, ERRORS, MESSAGES, SENDS, STATUSES, Topic
from warehouse import dead_letter_erasure
from warehouse.anonymous_rows import (
    ERASED,
    anonymous,
    keyed,
    source,
)
from warehouse.compaction import replace_rows
from warehouse.privacy_key import key_file_of, make_key, read_key
from warehouse.sql_literal import literal
from warehouse.subjects import TOPICS, Subjects, gather, needles, recall, spread
from warehouse.suppression import MESSAGE, PERSON
from warehouse.transaction import transact
from warehouse.write_lock import Turn

Listed = set[tuple[str, str | None]]
# The most bytes that one transaction replaces, or one file: landings wait meanwhile.
ROUND_BYTES = 16 * 1024 * 1024
# Searches of a table; after the second, only what has just landed can be left.
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class ErasureProgress:
    """`done` of `total` bytes of the data files that are rewritten in this step."""

    step: str
    done: int
    total: int


def _key(connection: duckdb.DuckDBPyConnection) -> str:
    """The key. An earlier erasure has made it, maybe on another machine. Raises KeyMissing."""
    file = key_file_of(connection)
    known = connection.execute("SELECT 1 FROM suppressions LIMIT 1").fetchall()
    return read_key(file) if known else make_key(file)


def erase_people(
    connection: duckdb.DuckDBPyConnection, wanted: Subjects, lock: Turn | None = None
) -> Iterator[ErasureProgress]:
    """Erases, and yields the progress after each transaction. Raises Busy and KeyMissing.

    The rows stay and are counted as before, without who they are about.
    """
    key = _key(connection)
    request = str(uuid.uuid4())

    def commit(work: Callable[[], object]) -> None:
        transact(connection, work, attempts=20, lock=lock)

    searched = _all_files(connection)
    gather(connection, wanted)
    connection.execute(f"UPDATE subjects SET subject = {keyed('subject')}", {"key": key})
    recall(connection, key)
    commit(lambda: _suppress(connection, key, request))
    _mark_stored(connection)
    yield ErasureProgress("search", 1, 2)
    # Again: what landed before the first commit is found in new files.
    if new := _all_files(connection) - searched:
        spread(connection, f"t.filename IN ({', '.join(map(literal, sorted(new)))})")
        commit(lambda: _suppress(connection, key, request))
    yield ErasureProgress("search", 2, 2)
    commit(lambda: dead_letter_erasure.erase(connection, needles(connection)))
    yield ErasureProgress("dead letters", 1, 1)
    for topic in TOPICS:
        yield from _erase_topic(connection, topic, key, commit)
    commit(lambda: _finish(connection))
    yield ErasureProgress("finished", 1, 1)


def _all_files(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {
        str(file)
        for topic in TOPICS
        for (file,) in connection.execute(
            "SELECT data_file FROM ducklake_list_files(current_database(), ?)", [topic.table]
        ).fetchall()
    }


def _mark_stored(connection: duckdb.DuckDBPyConnection) -> None:
    for table in ("subjects", "gone_messages"):
        connection.execute(f"UPDATE {table} SET stored = true")


def _suppress(connection: duckdb.DuckDBPyConnection, key: str, request: str) -> None:
    """Writes the hashes of people and messages, and the request with its counts."""
    connection.execute(
        f"""
        INSERT INTO suppressions
        SELECT '{PERSON}', {keyed("id")}, subject, place, now() FROM subjects WHERE stored IS NULL
        """,
        {"key": key},
    )
    connection.execute(
        f"""
        INSERT INTO suppressions
        SELECT '{MESSAGE}' AS kind, {keyed("id")} AS hash, NULL, NULL, NULL FROM gone_messages
        WHERE stored IS NULL
            AND hash NOT IN (SELECT hash FROM suppressions WHERE kind = '{MESSAGE}')
        """,
        {"key": key},
    )
    replace_rows(
        connection,
        "privacy_requests",
        """
        FROM privacy_requests WHERE request_id <> $request::UUID
        UNION ALL BY NAME
        SELECT $request::UUID AS request_id, now() AS requested_at,
            (SELECT count(DISTINCT subject) FROM subjects) AS people,
            (SELECT count(*) FROM gone_messages) AS messages
        """,
        {"request": request},
    )
    # Their content does not land any more, also without these rows.
    replace_rows(
        connection,
        "erasures",
        "FROM erasures WHERE message_id NOT IN (SELECT id FROM gone_messages)",
    )


def _finish(connection: duckdb.DuckDBPyConnection) -> None:
    """This request, and those that ended early before it, are done."""
    finished = "* REPLACE (coalesce(finished_at, now()) AS finished_at)"
    replace_rows(connection, "privacy_requests", f"SELECT {finished} FROM privacy_requests")


def _erase_topic(
    connection: duckdb.DuckDBPyConnection,
    topic: Topic,
    key: str,
    commit: Callable[[Callable[[], object]], None],
) -> Iterator[ErasureProgress]:
    """Rewrites the files that hold such rows, some in each transaction."""
    total = done = 0
    # Maintenance may merge files meanwhile: then the new ones are searched.
    for _ in range(ROUNDS):
        searched = _files(connection, topic)
        files = dict(searched)
        total += sum(files.values())
        while files:
            some = _portion(files)
            listed = _listed(connection, topic, some)
            _anonymous(connection, topic, some, key)
            commit(partial(_exchange, connection, topic, some, listed))
            done += sum(files.pop(name) for name in some)
            yield ErasureProgress(str(topic.table), done, total)
        if not searched:
            return


def _files(connection: duckdb.DuckDBPyConnection, topic: Topic) -> dict[str, int]:
    """The files with rows to erase, and their sizes."""
    rows = source(topic, f"(SELECT *, filename AS file FROM {topic.table})")
    return dict(
        connection.execute(
            "SELECT data_file, data_file_size_bytes "
            f"FROM ducklake_list_files(current_database(), '{topic.table}') "
            f"WHERE data_file IN (SELECT DISTINCT file FROM ({rows}) WHERE {_TO_DO[topic]})"
        ).fetchall()
    )


# Rows that are marked and still hold something: erased rows must not be found again.
_TO_DO: dict[Topic, str] = {
    STATUSES: f"(is_erased AND NOT starts_with(message_id, '{ERASED}')) OR who IS NOT NULL",
    SENDS: f"is_erased AND NOT starts_with(message_id, '{ERASED}')",
    MESSAGES: "is_erased OR who IS NOT NULL",
    ACCOUNT_EVENTS: "is_erased",
    ERRORS: "is_erased",
}


def _portion(files: dict[str, int]) -> list[str]:
    """The first files with no more than ROUND_BYTES together; at least one."""
    chosen: list[str] = []
    left = ROUND_BYTES
    for name, size in files.items():
        left -= size
        if chosen and left < 0:
            break
        chosen.append(name)
    return chosen


def _anonymous(
    connection: duckdb.DuckDBPyConnection, topic: Topic, files: Sequence[str], key: str
) -> None:
    """Fills the temporary table `anonymous` with the rows of these files, outside a transaction."""
    there = f"filename IN ({', '.join(map(literal, files))})"
    rows = source(topic, f"(FROM {topic.table} WHERE {there})")
    statement = f"CREATE OR REPLACE TEMP TABLE anonymous AS SELECT {anonymous(topic)} FROM ({rows})"
    connection.execute(statement, {"key": key} if "$key" in statement else {})


def _listed(connection: duckdb.DuckDBPyConnection, topic: Topic, files: Sequence[str]) -> Listed:
    """The names of those of the files that are in use, each with its list of deleted rows."""
    return set(
        connection.execute(
            "SELECT data_file, delete_file "
            f"FROM ducklake_list_files(current_database(), '{topic.table}') "
            f"WHERE data_file IN ({', '.join(map(literal, files))})"
        ).fetchall()
    )


def _exchange(
    connection: duckdb.DuckDBPyConnection, topic: Topic, files: Sequence[str], listed: Listed
) -> None:
    """Replaces the files by the rows in `anonymous`, unless one of them has changed meanwhile."""
    names = ", ".join(map(literal, files))
    if _listed(connection, topic, files) == listed:
        connection.execute(f"INSERT INTO {topic.table} FROM anonymous")
        connection.execute(f"DELETE FROM {topic.table} WHERE filename IN ({names})")
