"""Erases people and messages from everything the warehouse holds, while events land.

It works in steps that each leave the warehouse right. After the first one, nothing about these
people lands any more, so that what is left can be erased file by file. If it ends early, the same
request finishes it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import duckdb

from schemas.topics import ACCOUNT_EVENTS, ERRORS, MESSAGES, STATUSES, Topic
from settings.errors import BluetickError
from warehouse import dead_letter_erasure
from warehouse.anonymous_rows import (
    ERASED,
    IDS,
    MARKS,
    PAIRS,
    PEOPLE,
    anonymous,
    keyed,
    place,
    plain,
    source,
)
from warehouse.arrow_tables import registered
from warehouse.compaction import ROUND_BYTES
from warehouse.privacy_key import key_file_of, make_key
from warehouse.sql_literal import literal
from warehouse.suppression import MESSAGE, PERSON, temporary_tables
from warehouse.transaction import transact
from warehouse.write_lock import WriteLock

# A shorter text is no phone number or user id, and may be what an erased row still has.
LEAST_CHARACTERS = 7
# Searches of a table; after the second, only what has just landed can be left.
ROUNDS = 5
# Statuses last: they say which messages were sent to somebody.
TOPICS = (ACCOUNT_EVENTS, ERRORS, MESSAGES, STATUSES)


class NotAnId(BluetickError):
    """What was given cannot be the id of a person or message."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """People, by phone number or user id, and messages, by id."""

    people: Sequence[str] = ()
    messages: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Raises NotAnId, without the text."""
        for number, one in enumerate((*self.people, *self.messages), 1):
            if len(one.lstrip("+")) < LEAST_CHARACTERS:
                raise NotAnId(
                    f"entry {number} has fewer than {LEAST_CHARACTERS} characters: give a whole "
                    "phone number with its country code, a user id, or the id of a message"
                )


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` bytes of the data files that are rewritten in this step."""

    step: str
    done: int
    total: int


def gather(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> None:
    """Fills the temporary tables `subjects` and `gone_messages` from the tables.

    A person's other ids, and the messages to and from them, belong to them. Reads only.
    """
    temporary_tables(connection)
    connection.execute(
        f"INSERT INTO subjects SELECT id, id, {place('id')}, 'infinity' "
        f"FROM (SELECT DISTINCT {plain('id')} AS id FROM (SELECT unnest($ids::VARCHAR[]) AS id))",
        {"ids": list(wanted.people)},
    )
    connection.execute(
        f"INSERT INTO gone_messages SELECT DISTINCT id FROM (SELECT unnest($ids::VARCHAR[]) AS id) "
        f"WHERE NOT starts_with(id, '{ERASED}')",
        {"ids": list(wanted.messages)},
    )
    for topic, pairs in PAIRS.items():
        for one, other in pairs:
            _link(connection, topic, one, other)
            _link(connection, topic, other, one)
    _gather_messages(connection)


def _gather_messages(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds the messages to and from the subjects."""
    for topic in TOPICS:
        if topic is not ERRORS:
            connection.execute(
                f"INSERT INTO gone_messages SELECT DISTINCT message_id "
                f"FROM ({source(topic, str(topic.table))}) WHERE is_erased "
                f"AND message_id IS NOT NULL AND NOT starts_with(message_id, '{ERASED}') "
                "AND message_id NOT IN (SELECT id FROM gone_messages)"
            )


def rows_about(topic: Topic) -> str:
    """SQL: the rows of a table that are about them, after `gather`."""
    rows = source(topic, str(topic.table))
    return f"SELECT * EXCLUDE ({', '.join(MARKS)}) FROM ({rows}) WHERE is_erased OR who IS NOT NULL"


def _link(connection: duckdb.DuckDBPyConnection, topic: Topic, one: str, other: str) -> None:
    """Adds the ids in the column `other` of rows whose column `one` names a subject."""
    connection.execute(
        f"INSERT INTO subjects SELECT linked, any_value(subject), any_value(place), 'infinity' "
        f"FROM (SELECT DISTINCT {plain(one)} AS known, {plain(other)} AS linked "
        f"FROM {topic.table}) "
        "JOIN subjects ON subjects.id = known "
        f"WHERE length(linked) >= {LEAST_CHARACTERS} AND NOT contains(linked, '~') "
        "AND linked NOT IN (SELECT id FROM subjects) GROUP BY linked"
    )


def erase_people(
    connection: duckdb.DuckDBPyConnection, wanted: Wanted, lock: WriteLock | None = None
) -> Iterator[Progress]:
    """Erases, and yields the progress after each transaction. Raises Busy and KeyMissing.

    The rows stay and are counted as before, without who they are about.
    """
    key = make_key(key_file_of(connection))
    request = str(uuid.uuid4())

    def commit(work: Callable[[], object]) -> None:
        transact(connection, work, attempts=20, lock=lock)

    # Twice: what lands before the first commit is found by the second search.
    for _ in range(2):
        gather(connection, wanted)
        connection.execute(f"UPDATE subjects SET subject = {keyed('subject')}", {"key": key})
        _recall(connection, key)
        commit(lambda: _suppress(connection, key, request))
        yield Progress("search", 1, 1)
    commit(lambda: dead_letter_erasure.erase(connection, needles(connection)))
    yield Progress("dead letters", 1, 1)
    for topic in TOPICS:
        yield from _erase_topic(connection, topic, key, commit)
    commit(lambda: _finish(connection))
    yield Progress("finished", 1, 1)


def _recall(connection: duckdb.DuckDBPyConnection, key: str) -> None:
    """After a request that ended early: finds whose other rows are erased already.

    Those rows do not say any more which ids belong to one person, and which messages to them.
    """
    open_requests = "SELECT count(*) FROM privacy_requests WHERE finished_at IS NULL"
    ((unfinished,),) = connection.execute(open_requests).fetchall()
    if not unfinished:
        return
    for topic in TOPICS:
        for column in PEOPLE[topic]:
            connection.execute(
                "INSERT INTO subjects SELECT id, any_value(held.subject), any_value(held.place), "
                f"'infinity' FROM (SELECT DISTINCT {plain(column)} AS id FROM {topic.table}) "
                f"JOIN suppressions AS held ON kind = '{PERSON}' AND hash = {keyed('id')} "
                "WHERE id NOT IN (SELECT id FROM subjects) GROUP BY id",
                {"key": key},
            )
        for column in IDS[topic][:1]:
            connection.execute(
                f"INSERT INTO gone_messages SELECT id "
                f"FROM (SELECT DISTINCT {column} AS id FROM {topic.table}) "
                f"JOIN suppressions ON kind = '{MESSAGE}' AND hash = {keyed('id')} "
                "WHERE id NOT IN (SELECT id FROM gone_messages)",
                {"key": key},
            )
    _gather_messages(connection)


def _suppress(connection: duckdb.DuckDBPyConnection, key: str, request: str) -> None:
    """Writes the hashes of people and messages, and the request with its counts."""
    connection.execute(
        f"""
        INSERT INTO suppressions
        SELECT '{PERSON}' AS kind, {keyed("id")} AS hash, subject, place, now()
        FROM subjects WHERE hash NOT IN (
            SELECT hash FROM suppressions
            JOIN privacy_requests ON request_id = $request AND until >= requested_at
            WHERE kind = '{PERSON}'
        )
        """,
        {"key": key, "request": request},
    )
    connection.execute(
        f"""
        INSERT INTO suppressions
        SELECT '{MESSAGE}' AS kind, {keyed("id")} AS hash, NULL, NULL, NULL FROM gone_messages
        WHERE hash NOT IN (SELECT hash FROM suppressions WHERE kind = '{MESSAGE}')
        """,
        {"key": key},
    )
    _replace(
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
    _replace(
        connection,
        "erasures",
        "FROM erasures WHERE message_id NOT IN (SELECT id FROM gone_messages)",
    )


def _finish(connection: duckdb.DuckDBPyConnection) -> None:
    """This request, and those that ended early before it, are done."""
    finished = "* REPLACE (coalesce(finished_at, now()) AS finished_at)"
    _replace(connection, "privacy_requests", f"SELECT {finished} FROM privacy_requests")


def _replace(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    query: str,
    parameters: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Replaces all rows of a small table by the result of `query`, as `offsets` does."""
    rows = connection.execute(query, dict(parameters)).to_arrow_table()
    with registered(connection, "replacing", rows):
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f"INSERT INTO {table} BY NAME FROM replacing")


def needles(connection: duckdb.DuckDBPyConnection) -> list[bytes]:
    """What to look for in dead letters, after `gather`."""
    ids = connection.execute(
        "SELECT id FROM subjects UNION SELECT id FROM gone_messages"
    ).fetchall()
    return dead_letter_erasure.needles([row[0] for row in ids])


def _erase_topic(
    connection: duckdb.DuckDBPyConnection,
    topic: Topic,
    key: str,
    commit: Callable[[Callable[[], object]], None],
) -> Iterator[Progress]:
    """Rewrites the files that hold such rows, some in each transaction."""
    total = done = 0
    # Maintenance may merge files meanwhile: then the new ones are searched.
    for _ in range(ROUNDS):
        searched = _files(connection, topic)
        files = dict(searched)
        total += sum(files.values())
        while files:
            some = _portion(files)
            commit(partial(_rewrite, connection, topic, some, key))
            done += sum(files.pop(name) for name in some)
            yield Progress(str(topic.table), done, total)
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
    MESSAGES: "is_erased",
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


def _rewrite(
    connection: duckdb.DuckDBPyConnection, topic: Topic, files: Sequence[str], key: str
) -> None:
    table = str(topic.table)
    there = f"filename IN ({', '.join(map(literal, files))})"
    rows = f"(FROM {table} WHERE {there})"
    statement = f"INSERT INTO {table} SELECT {anonymous(topic)} FROM ({source(topic, rows)})"
    connection.execute(statement, {"key": key} if "$key" in statement else {})
    connection.execute(f"DELETE FROM {table} WHERE {there}")
