"""Who and what is to be erased: other ids of people, and the messages to and from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from schemas.topics import ACCOUNT_EVENTS, ERRORS, MESSAGES, SENDS, STATUSES, Topic
from settings.errors import BluetickError
from warehouse import dead_letter_erasure
from warehouse.anonymous_rows import ERASED, IDS, MARKS, PAIRS, PEOPLE, keyed, place, plain, source
from warehouse.suppression import MESSAGE, PERSON, temporary_tables

# A shorter text cannot be a phone number or user id, and may be what an erased row still has.
LEAST_CHARACTERS = 7
# Sends and statuses last: they say which messages were sent to somebody.
TOPICS = (ACCOUNT_EVENTS, ERRORS, MESSAGES, SENDS, STATUSES)


class NotAnId(BluetickError):
    """What was given cannot be the id of a person or message."""


@dataclass(frozen=True, slots=True)
class Subjects:
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


def gather(connection: duckdb.DuckDBPyConnection, wanted: Subjects) -> None:
    """Fills the temporary tables `subjects` and `gone_messages` from the tables.

    A person's other ids, and the messages to and from them, belong to them. Reads only.
    """
    temporary_tables(connection)
    connection.execute(
        "INSERT INTO subjects (id, subject, place, until) "
        f"SELECT id, id, {place('id')}, 'infinity' "
        f"FROM (SELECT DISTINCT {plain('id')} AS id FROM (SELECT unnest($ids::VARCHAR[]) AS id))",
        {"ids": list(wanted.people)},
    )
    connection.execute(
        "INSERT INTO gone_messages (id) "
        "SELECT DISTINCT id FROM (SELECT unnest($ids::VARCHAR[]) AS id) "
        f"WHERE NOT starts_with(id, '{ERASED}')",
        {"ids": list(wanted.messages)},
    )
    spread(connection)


def spread(connection: duckdb.DuckDBPyConnection, where: str = "true") -> None:
    """Adds the other ids of the subjects, and the messages to and from them, from some rows."""
    for topic, pairs in PAIRS.items():
        for one, other in (*pairs, *((other, one) for one, other in pairs)):
            _link(connection, topic, one, other, where)
    for topic in TOPICS:
        if topic is not ERRORS:
            rows = source(topic, str(topic.table), where)
            connection.execute(
                f"INSERT INTO gone_messages (id) SELECT DISTINCT message_id FROM ({rows}) "
                "WHERE is_erased "
                f"AND message_id IS NOT NULL AND NOT starts_with(message_id, '{ERASED}') "
                "AND message_id NOT IN (SELECT id FROM gone_messages)"
            )


def rows_about(topic: Topic) -> str:
    """SQL: the rows of a table that are about them, after `gather`."""
    rows = source(topic, str(topic.table))
    return f"SELECT * EXCLUDE ({', '.join(MARKS)}) FROM ({rows}) WHERE is_erased OR who IS NOT NULL"


def _link(
    connection: duckdb.DuckDBPyConnection, topic: Topic, one: str, other: str, where: str
) -> None:
    """Adds the ids in the column `other` of rows whose column `one` names a subject."""
    connection.execute(
        "INSERT INTO subjects (id, subject, place, until) "
        "SELECT linked, any_value(subject), any_value(place), 'infinity' "
        f"FROM (SELECT DISTINCT {plain(one)} AS known, {plain(other)} AS linked "
        f"FROM {topic.table} AS t WHERE {where}) "
        "JOIN subjects ON subjects.id = known "
        f"WHERE length(linked) >= {LEAST_CHARACTERS} AND NOT contains(linked, '~') "
        "AND linked NOT IN (SELECT id FROM subjects) GROUP BY linked"
    )


def recall(connection: duckdb.DuckDBPyConnection, key: str) -> None:
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
                "INSERT INTO subjects (id, subject, place, until) "
                "SELECT id, any_value(held.subject), any_value(held.place), 'infinity' "
                f"FROM (SELECT DISTINCT {plain(column)} AS id FROM {topic.table}) "
                f"JOIN suppressions AS held ON kind = '{PERSON}' AND hash = {keyed('id')} "
                "WHERE id NOT IN (SELECT id FROM subjects) GROUP BY id",
                {"key": key},
            )
        for column in IDS[topic][:1]:
            connection.execute(
                f"INSERT INTO gone_messages (id) SELECT id "
                f"FROM (SELECT DISTINCT {column} AS id FROM {topic.table}) "
                f"JOIN suppressions ON kind = '{MESSAGE}' AND hash = {keyed('id')} "
                "WHERE id NOT IN (SELECT id FROM gone_messages)",
                {"key": key},
            )
    spread(connection)


def needles(connection: duckdb.DuckDBPyConnection) -> list[bytes]:
    """What to look for in dead letters, after `gather`."""
    ids = connection.execute(
        "SELECT id FROM subjects UNION SELECT id FROM gone_messages"
    ).fetchall()
    return dead_letter_erasure.needles([row[0] for row in ids])
