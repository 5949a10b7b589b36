"""Erases the payloads of dead letters that name somebody or something."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote

import duckdb
import orjson
import polars as pl
import pyarrow as pa

from warehouse.arrow_tables import registered
from warehouse.compaction import rewrite

# A shorter id may be any text, and would be found in letters about something else.
LEAST_CHARACTERS = 12
# WhatsApp's ids have about 60. To look for much longer ones takes minutes.
MOST_CHARACTERS = 512
# Deletions and letters come together within this time, even after a long stop of the consumer.
RECENT = "INTERVAL 8 DAYS"
CHUNK_ROWS = 64
# To prepare the search for many texts takes longer than to search few payloads.
CHUNK_BYTES = 4_000_000


def needles(ids: Collection[str]) -> list[bytes]:
    """What to look for: the ids as they are, in JSON and in forms."""
    found = {
        form for text in ids for form in (text, orjson.dumps(text)[1:-1].decode(), quote(text, ""))
    }
    return sorted(text.encode() for text in found)


def sweep(connection: duckdb.DuckDBPyConnection) -> None:
    """Erases the payloads that name a deleted message; call inside a transaction.

    Looks in all letters for what was deleted lately, and in the latest letters for the rest.
    """
    erase(connection, needles(_deleted(connection, f"requested_at >= now() - {RECENT}")))
    older = needles(_deleted(connection, f"requested_at < now() - {RECENT}"))
    erase(connection, older, f"received_at >= now() - {RECENT}")


def _deleted(connection: duckdb.DuckDBPyConnection, when: str) -> list[str]:
    """The ids of the deleted messages that can be looked for; `when` is an SQL condition."""
    rows = connection.execute(
        "SELECT message_id FROM erasures WHERE len(message_id) BETWEEN ? AND ? "
        f"AND regexp_matches(message_id, '[0-9]') AND {when}",
        [LEAST_CHARACTERS, MOST_CHARACTERS],
    ).fetchall()
    return [row[0] for row in rows]


def erase(
    connection: duckdb.DuckDBPyConnection, wanted: Collection[bytes], which: str = "true"
) -> int:
    """Erases payloads with one of these texts, in a transaction. Returns how many had one.

    `which` is an SQL condition for the letters. Of a payload that is a list, the other parts stay.
    """
    if not wanted or not has_payloads(connection):
        return 0
    found = list(_found(connection, wanted, which))
    if not found:
        return 0
    changed = pl.DataFrame(
        [(one[1], _left(one[2], wanted)) for one in found],
        schema={"event_id": pl.String, "payload": pl.Binary},
        orient="row",
    ).unique("event_id")
    with registered(connection, "changed_letters", changed.to_arrow()):
        rewrite(
            connection,
            "dead_letters",
            sorted({one[0] for one in found}),
            "* REPLACE (CASE WHEN event_id IN (SELECT event_id::UUID FROM changed_letters) THEN ("
            "SELECT changed.payload FROM changed_letters AS changed "
            "WHERE changed.event_id::UUID = dead_letters.event_id"
            ") ELSE payload END AS payload)",
        )
    return len(found)


def has_payloads(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether there is anything to search."""
    some = "SELECT 1 FROM dead_letters WHERE payload IS NOT NULL LIMIT 1"
    return bool(connection.execute(some).fetchall())


def find(connection: duckdb.DuckDBPyConnection, wanted: Collection[bytes]) -> list[str]:
    """The ids of the dead letters whose payload has one of these texts."""
    return [one[1] for one in _found(connection, wanted)]


def _found(
    connection: duckdb.DuckDBPyConnection, wanted: Collection[bytes], which: str = "true"
) -> Iterator[tuple[str, str, bytes]]:
    """File, event id and payload of the letters that have one of these texts."""
    reader = connection.execute(
        "SELECT filename, event_id::VARCHAR AS event_id, payload FROM dead_letters "
        f"WHERE payload IS NOT NULL AND {which}"
    ).to_arrow_reader(CHUNK_ROWS)
    for rows in _chunks(reader):
        yield from rows.filter(_has_any(rows["payload"], wanted)).iter_rows()


def _chunks(reader: Iterable[pa.RecordBatch]) -> Iterator[pl.DataFrame]:
    """The rows in frames of about CHUNK_BYTES."""
    held: list[pl.DataFrame] = []
    size = 0
    for batch in reader:
        rows = pl.from_arrow(batch)
        assert isinstance(rows, pl.DataFrame)
        held.append(rows)
        size += int(rows["payload"].bin.size().sum())
        if size >= CHUNK_BYTES:
            yield pl.concat(held)
            held, size = [], 0
    if held:
        yield pl.concat(held)


def _left(payload: bytes, wanted: Collection[bytes]) -> bytes | None:
    """What stays of a payload: the parts of a list that have none of the texts."""
    try:
        parts = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(parts, list):
        return None
    texts = pl.Series([orjson.dumps(part, option=orjson.OPT_SORT_KEYS) for part in parts])
    kept = texts.filter(~_has_any(texts, wanted)).to_list()
    return b"[" + b",".join(kept) + b"]" if kept else None


def _has_any(payloads: pl.Series, wanted: Collection[bytes]) -> pl.Series:
    """Which of the payloads have one of these texts."""
    # In hexadecimal digits, because polars searches many patterns at once only in text.
    return payloads.bin.encode("hex").str.contains_any([text.hex() for text in wanted])
