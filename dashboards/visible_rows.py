"""Limits what a connection reads, before any query: temporary views stand before the tables.

DuckDB looks for a name among temporary objects first, also for the tables inside the warehouse's
own views and macros. So no query of a page can read more than these views give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import duckdb

from dashboards.queries.account_events import OF_PEOPLE
from dashboards.roles import Sight
from warehouse import reference
from warehouse.connection import ALIAS
from warehouse.sql_literal import literal
from warehouse.tables import tables

# Ids of people, of groups and of messages; an id of a message holds a phone number.
IDS = (
    "recipient_id", "recipient_user_id", "participant_id", "participant_user_id", "sender_id",
    "sender_user_id", "group_id", "message_id", "context_message_id", "target_message_id",
    "context_from", "ctwa_clid",
)  # fmt: skip
# What people wrote, or may have written.
TEXTS = (
    "sender_name", "content", "extra", "callback_data", "payload", "detail", "details",
    "error_message", "error_details", "message",
)  # fmt: skip
# Without rows of accounts or people: Kafka's offsets, names of campaigns, prices, versions, times.
SHARED = (
    "campaigns", "heartbeats", "kafka_offsets", "landing_fence", "rates", "retention",
    "rollup_version", "warehouse_version",
)  # fmt: skip
# Country codes, which are all that some privacy levels keep of a number, stay.
COUNTRY = 4


def restrict(
    connection: duckdb.DuckDBPyConnection, sight: Sight, numbers: Iterable[str], salt: str
) -> None:
    """Makes a connection read only what `sight` allows; call in a transaction that is rolled back.

    `numbers` are the business numbers of a limited sight, with those of its accounts. Ids of
    people become hashes with `salt`, so that they can be counted, but not be read.
    """
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [ALIAS]
    ).fetchall()
    for statement in statements([str(name) for (name,) in found], sight, tuple(numbers), salt):
        connection.execute(statement)


def statements(
    names: Iterable[str], sight: Sight, numbers: tuple[str, ...], salt: str
) -> Iterator[str]:
    """The views that stand before these tables. A table that is not known here is empty."""
    known = tables()
    open_tables = {*SHARED, *reference.tables()}
    for name in names:
        columns = known.get(name, {})
        if name in open_tables:
            continue
        replaced = () if sight.people else _replaced(name, columns, salt)
        star = f"* REPLACE ({', '.join(replaced)})" if replaced else "*"
        where = _where(columns, sight, numbers) if sight.limited else "true"
        yield (
            f'CREATE TEMP VIEW "{name}" AS '
            f'SELECT {star} FROM {ALIAS}.main."{name}" WHERE {where if columns else "false"}'
        )


def _where(columns: Mapping[str, str], sight: Sight, numbers: tuple[str, ...]) -> str:
    rules = [
        f"{column} IN ({', '.join(map(literal, values))})"
        for column, values in (("display_phone_number", numbers), ("waba_id", sight.accounts))
        if values and column in columns
    ]
    return " OR ".join(rules) or "false"


def _replaced(name: str, columns: Mapping[str, str], salt: str) -> tuple[str, ...]:
    ids = [
        f"CASE WHEN length({column}) > {COUNTRY} THEN md5({literal(salt)} || {column}) "
        f"ELSE {column} END AS {column}"
        for column in columns
        if column in IDS
    ]
    texts = [f"NULL::{kind} AS {column}" for column, kind in columns.items() if column in TEXTS]
    if name == "account_events":
        people = ", ".join(map(literal, OF_PEOPLE))
        texts.append(f"CASE WHEN field NOT IN ({people}) THEN value END AS value")
    return (*ids, *texts)
