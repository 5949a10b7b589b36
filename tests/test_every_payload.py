"""Every payload fixture goes through a real receiver, broker and consumer, and is read with SQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from producer.normalise import normalise
from producer.normalise.event import Event
from producer.providers import Post, handshakes
from schemas.topics import ACCOUNT_EVENTS, MESSAGES, Topic
from settings.sources import Config, Source
from tests.support.broker import fresh_broker
from tests.support.fixtures import (
    INSTANTS,
    JSON_COLUMNS,
    LEFT_OUT,
    RECEIVED_AT,
    TABLES,
    Fixture,
    load,
)
from tests.support.land import consumers
from tests.support.receiver import receiver
from tests.support.seeds import seed_sources
from tests.support.signatures import proof
from tests.support.waiting import wait_for
from warehouse.connection import connect


def is_handshake(fixture: Fixture) -> bool:
    """Whether the receiver answers this body instead of storing it."""
    post = Post({}, "", fixture.body, 0)
    return any(one.answer(post) is not None for one in handshakes(fixture.dialect))


FIXTURES = [fixture for fixture in load() if not is_handshake(fixture)]
# If a payload names no time, it is the time of receipt.
FALLBACK = datetime.fromtimestamp(RECEIVED_AT / 1_000_000, UTC).isoformat().replace("+00:00", "Z")
Identity = tuple[str, int]
Rows = dict[Topic, dict[Identity, list[dict[str, Any]]]]
SECRET = "the-secret-of-the-cloud-fixtures"


def source_of(fixture: Fixture) -> Source:
    """The provider's source, else one for the fixture's own arguments."""
    table = seed_sources().get(fixture.dialect)
    if table is not None:
        return Source.model_validate({"name": fixture.dialect, **table})
    dialect = fixture.arguments.get("dialect", "auto")
    number = fixture.arguments.get("business_number")
    return Source(
        name="-".join(["fixtures", dialect, *re.findall(r"\d+", number or "")]),
        dialect=dialect,
        auth="hmac",
        app_secrets=(SECRET,),
        business_number=number,
    )


def events_of(fixture: Fixture) -> list[Event]:
    """What the receiver makes of the fixture at its source."""
    source = source_of(fixture)
    return normalise(
        fixture.body,
        source=source.name,
        dialect=source.dialect,
        business_number=source.business_number,
        received_at=RECEIVED_AT,
    )


def identity(event: Event) -> Identity:
    return event.record["event_id"], event.record["content_hash"]


def all_expected() -> dict[Identity, list[dict[str, Any]]]:
    """The records expected of each event; several if fixtures have the same fact."""
    found: dict[Identity, list[dict[str, Any]]] = {}
    for fixture in FIXTURES:
        for event, expected in zip(events_of(fixture), fixture.expected(), strict=True):
            wanted = {k: v for k, v in expected["record"].items() if v is not None}
            found.setdefault(identity(event), []).append(wanted)
    return found


def target(wanted: dict[str, Any], kind: str) -> str | None:
    """The message that a record is about, if it is of this kind: an edit or a revoke."""
    if wanted.get("type") == kind:
        return wanted.get("target_message_id")
    if wanted.get("event") == kind and wanted.get("message_id"):
        message_id: str = wanted["value"][kind]["original_message_id"]
        return message_id
    return None


EXPECTED = all_expected()
# Some fixtures report that the message of another was deleted: then its content is gone.
DELETED = {
    wanted["message_id"] if wanted.get("status") == "deleted" else target(wanted, "revoke")
    for records in EXPECTED.values()
    for wanted in records
} - {None}

# What is erased with a deleted message: its content, who wrote it, and who deleted it.
PERSONAL: dict[Topic, tuple[str, ...]] = {
    MESSAGES: (
        *("content", "extra", "sender_id", "sender_user_id", "sender_name"),
        *("context_message_id", "context_from", "ctwa_clid", "error_title"),
    ),
    ACCOUNT_EVENTS: ("value",),
}
DELETED_STATUS = (
    *("recipient_id", "recipient_user_id", "participant_id", "participant_user_id"),
    *("callback_data", "extra"),
)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows of a warehouse in which every fixture has landed, posted twice over HTTP."""
    sources = {source.name: source for source in map(source_of, FIXTURES)}
    folder: Path = tmp_path_factory.mktemp("every-payload")
    with fresh_broker() as broker, consumers(broker.bootstrap, folder) as group:
        group.start()
        with receiver(broker.bootstrap, config=Config(sources=sources)) as running:
            for fixture in [*FIXTURES, *FIXTURES]:
                source = source_of(fixture)
                query, headers = proof(source, fixture.body, fixture.media_type)
                answer = running.client.post(
                    f"/webhooks/{source.name}{query}", content=fixture.body, headers=headers
                )
                assert answer.status_code == 200, fixture
                if source.reply == "status-json":
                    assert set(answer.json()) == {"statusCode", "statusMessage"}
        expected = {
            event.record["event_id"] for fixture in FIXTURES for event in fixture.normalise()
        }
        union = " UNION ALL ".join(
            f"SELECT event_id FROM {topic.table}" for topic in TABLES.values() if topic.table
        )
        group.await_warehouse()
        with connect(group.location, read_only=True, threads=1) as connection:
            wait_for(
                lambda: (
                    connection.execute(f"SELECT count(DISTINCT event_id) FROM ({union})").fetchone()
                    == (len(expected),)
                ),
                explain=group.logs,
            )
            return {topic: rows(connection, topic) for topic in TABLES.values() if topic.table}


def rows(
    connection: duckdb.DuckDBPyConnection, topic: Topic
) -> dict[Identity, list[dict[str, Any]]]:
    """All rows of a topic's table, by event. One query for each event takes ten times as long."""
    answer = connection.execute(f"SELECT * FROM {topic.table}")
    names = [column[0] for column in answer.description]
    found: dict[Identity, list[dict[str, Any]]] = {}
    for values in answer.fetchall():
        row = dict(zip(names, values, strict=True))
        found.setdefault((str(row["event_id"]), row["content_hash"]), []).append(row)
    return found


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_sql_returns_the_payload_once(landed: Rows, fixture: Fixture) -> None:
    for event in events_of(fixture):
        (row,) = landed[event.topic][identity(event)]
        found = {
            name: FALLBACK if value == row["received_at"] else shown(name, value)
            for name, value in row.items()
            if value is not None and name not in (*LEFT_OUT, "topic", "partition", "offset")
        }
        assert found in [erased(event, wanted) for wanted in EXPECTED[identity(event)]]


def erased(event: Event, wanted: dict[str, Any]) -> dict[str, Any]:
    """What is left of a record after the deletions the fixtures report."""
    changed = target(wanted, "edit") or target(wanted, "revoke")
    names: tuple[str, ...] = ()
    if wanted.get("status") == "deleted" and wanted["kind"] == "message":
        names = DELETED_STATUS
    elif {wanted.get("message_id"), changed} & DELETED:
        names = PERSONAL.get(event.topic, ())
    return {name: value for name, value in wanted.items() if name not in names}


def shown(name: str, value: Any) -> Any:
    """A column's value as the expected files write it."""
    if name in INSTANTS:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if name in JSON_COLUMNS:
        return json.loads(value)
    if name == "payload":
        try:
            return json.loads(value)
        except ValueError:
            return value.decode("utf-8", "replace")
    return value
