"""Keeps erased people out of the warehouse: what lands about them lands without them.

The table `suppressions` has keyed hashes of people (whose events up to a time are meant) and of
messages. So a replay, a repetition or a late status brings nobody back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import polars as pl

from schemas.topics import DEAD_LETTERS, SENDS, STATUSES, Topic
from warehouse.anonymous_rows import (
    IDS,
    PEOPLE,
    TEXTS,
    TOKEN,
    anonymous,
    keyed,
    plain,
    pseudonym,
    source,
)
from warehouse.arrow_tables import registered
from warehouse.privacy_key import key_file_of, read_key

PERSON, MESSAGE = "person", "message"
_KINDS = [re.compile(kind) for kind in TOKEN.split("|")]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Rows that may land. `renamed` has the former ids of erased messages, and their new ones."""

    rows: dict[Topic, pl.DataFrame]
    renamed: Mapping[str, str] = field(default_factory=dict)


def suppressed(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[Topic, pl.DataFrame]
) -> Suppressed:
    """The rows without erased people; call inside the transaction that lands them.

    Raises KeyMissing if people were erased, but the key is gone.
    """
    if not connection.execute("SELECT 1 FROM suppressions LIMIT 1").fetchall():
        return Suppressed(dict(rows))
    key = read_key(key_file_of(connection))
    ids = [_ids(topic, frame) for topic, frame in rows.items()]
    named = pl.concat([*ids, pl.Series(dtype=pl.String)]).unique()
    if not _look_up(connection, named, key):
        return Suppressed(dict(rows))
    # These first, because they say which messages were sent to somebody.
    for topic in (SENDS, STATUSES):
        if topic in rows and not rows[topic].is_empty():
            with registered(connection, "landing", rows[topic].to_arrow()):
                _remember_messages(connection, topic, key)
    landing = {topic: _anonymous(connection, topic, frame, key) for topic, frame in rows.items()}
    renamed = connection.execute(
        f"SELECT id, {pseudonym('id')} FROM gone_messages", {"key": key}
    ).fetchall()
    return Suppressed(landing, dict(renamed))


def temporary_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables that `anonymous_rows.source` reads, without rows.

    `stored` is true for what `suppressions` has already, for those who write it.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE subjects "
        "(id VARCHAR, subject VARCHAR, place VARCHAR, until TIMESTAMPTZ, stored BOOLEAN)"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE gone_messages (id VARCHAR, stored BOOLEAN)")


def _ids(topic: Topic, rows: pl.DataFrame) -> pl.Series:
    """Everything in the rows that may be the id of a person or message."""
    found = [rows[name] for name in (*PEOPLE.get(topic, ()), *IDS.get(topic, ()))]
    texts = TEXTS.get(topic, ("payload",))
    words = {word for name in texts for text in rows[name].drop_nulls() for word in _words(text)}
    return pl.concat([*found, pl.Series([*words], dtype=pl.String)]).drop_nulls().unique()


def _words(text: str | bytes) -> set[str]:
    """What may be an id in a text, as `anonymous_rows.tokens`."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return {word for kind in _KINDS for word in kind.findall(text)}


def _look_up(connection: duckdb.DuckDBPyConnection, named: pl.Series, key: str) -> bool:
    """Fills the temporary tables with those of the ids that are suppressed. False: none is."""
    temporary_tables(connection)
    with registered(connection, "named", pl.DataFrame({"id": named}).to_arrow()):
        connection.execute(
            f"""
            INSERT INTO subjects (id, subject, place, until)
            SELECT given.id, any_value(subject), any_value(place), max(until)
            FROM (SELECT DISTINCT {plain("id")} AS id FROM named) AS given
            JOIN suppressions ON kind = '{PERSON}' AND hash = {keyed("given.id")}
            GROUP BY given.id
            """,
            {"key": key},
        )
        connection.execute(
            f"""
            INSERT INTO gone_messages (id)
            SELECT DISTINCT named.id FROM named
            JOIN suppressions ON kind = '{MESSAGE}' AND hash = {keyed("named.id")}
            """,
            {"key": key},
        )
    ((count,),) = connection.execute(
        "SELECT (SELECT count(*) FROM subjects) + (SELECT count(*) FROM gone_messages)"
    ).fetchall()
    return bool(count)


def _anonymous(
    connection: duckdb.DuckDBPyConnection, topic: Topic, rows: pl.DataFrame, key: str
) -> pl.DataFrame:
    if rows.is_empty():
        return rows
    if topic is DEAD_LETTERS:
        return _without_payloads(connection, rows)
    with registered(connection, "landing", rows.to_arrow()):
        _remember_messages(connection, topic, key)
        statement = (
            f"SELECT {anonymous(topic)} FROM ({source(topic, 'landing')}) "
            'ORDER BY "partition", "offset"'
        )
        given = {"key": key} if "$key" in statement else {}
        return connection.execute(statement, given).pl().cast(rows.schema)


def _remember_messages(connection: duckdb.DuckDBPyConnection, topic: Topic, key: str) -> None:
    """Suppresses the messages of these rows too, so that their later statuses stay with them."""
    if not IDS[topic]:
        return
    new = connection.execute(
        f"SELECT DISTINCT message_id AS id FROM ({source(topic, 'landing')}) "
        "WHERE is_erased AND message_id IS NOT NULL "
        "AND message_id NOT IN (SELECT id FROM gone_messages)"
    ).pl()
    if len(new):
        with registered(connection, "new_messages", new.to_arrow()):
            connection.execute("INSERT INTO gone_messages (id) SELECT id FROM new_messages")
            connection.execute(
                f"INSERT INTO suppressions SELECT '{MESSAGE}', {keyed('id')}, NULL, NULL, NULL "
                "FROM new_messages",
                {"key": key},
            )


def _without_payloads(connection: duckdb.DuckDBPyConnection, letters: pl.DataFrame) -> pl.DataFrame:
    """Dead letters without the payloads that name somebody who is erased, up to that time."""
    people = dict(connection.execute("SELECT id, until FROM subjects").fetchall())
    messages = {row[0] for row in connection.execute("SELECT id FROM gone_messages").fetchall()}

    def names_somebody(payload: bytes | None, at: datetime) -> bool:
        found = _words(payload or b"")
        return bool(found & messages) or any(
            at <= people[one]
            for one in (word.lstrip("+").upper() for word in found)
            if one in people
        )

    hit = [names_somebody(*row) for row in letters.select("payload", "received_at").iter_rows()]
    return letters.with_columns(
        payload=pl.when(pl.Series(hit, dtype=pl.Boolean)).then(None).otherwise(pl.col("payload"))
    )
