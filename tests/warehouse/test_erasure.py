from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from schemas.topics import ACCOUNT_EVENTS, MESSAGES, SENDS, STATUSES
from tests.support.lake import Lake, lake
from tests.support.records import NOW_US
from warehouse import erasure

__all__ = ["lake"]

TEXT = '{"body":"a secret nobody should keep"}'
MESSAGE = {"message_id": "wamid.IN", "content": TEXT, "extra": '{"context":{"forwarded":true}}'}
DELETED = {"message_id": "wamid.IN", "status": "deleted"}


def contents(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows("SELECT content, extra FROM messages ORDER BY received_at")


def test_a_deletion_erases_what_has_landed(lake: Lake) -> None:
    lake.land_events(MESSAGES, MESSAGE, {"message_id": "wamid.OTHER", "content": TEXT})
    lake.land_events(STATUSES, DELETED)
    assert sorted(contents(lake), key=str) == [(TEXT, None), (None, None)]


def test_a_message_that_comes_after_its_deletion_has_no_content(lake: Lake) -> None:
    lake.land_events(STATUSES, DELETED)
    lake.land_events(MESSAGES, MESSAGE)
    assert contents(lake) == [(None, None)]


def test_a_message_redelivered_after_its_deletion_stays_erased(lake: Lake) -> None:
    first = {**MESSAGE, "event_id": "00000000-0000-5000-8000-000000000001"}
    lake.land_events(MESSAGES, first)
    lake.land_events(STATUSES, DELETED)
    lake.land_events(MESSAGES, first, {**first, "content_hash": 2, "received_at": NOW_US + 1})
    assert contents(lake) == [(None, None), (None, None)]


def test_a_revoke_erases_the_message_and_its_edits(lake: Lake) -> None:
    edit = {"message_id": "wamid.E", "type": "edit", "target_message_id": "wamid.IN"}
    lake.land_events(MESSAGES, MESSAGE, {**edit, "content": TEXT})
    lake.land_events(
        MESSAGES,
        {"message_id": "wamid.R", "type": "revoke", "target_message_id": "wamid.IN"},
        {**edit, "message_id": "wamid.E2", "content": TEXT},
    )
    assert contents(lake) == [(None, None)] * 4


ECHO = {
    "field": "smb_message_echoes",
    "event": "text",
    "message_id": "wamid.IN",
    "value": '{"id":"wamid.IN","type":"text","text":{"body":"a secret nobody should keep"}}',
}
ECHO_EDIT = {
    "field": "smb_message_echoes",
    "event": "edit",
    "message_id": "wamid.E",
    "value": '{"id":"wamid.E","edit":{"original_message_id":"wamid.IN","message":{"type":"text"}}}',
}
ECHO_REVOKE = {
    "field": "smb_message_echoes",
    "event": "revoke",
    "message_id": "wamid.R",
    "value": '{"id":"wamid.R","type":"revoke","revoke":{"original_message_id":"wamid.IN"}}',
}
OTHER_EVENT = {"field": "account_update", "event": "revoke", "value": '{"event":"revoke"}'}


@pytest.mark.parametrize("order", list(itertools.permutations((ECHO, ECHO_EDIT, ECHO_REVOKE))))
@pytest.mark.parametrize("at_once", [True, False])
def test_what_the_business_revokes_is_erased_too(
    lake: Lake, order: tuple[dict[str, object], ...], at_once: bool
) -> None:
    for events in [order] if at_once else [(event,) for event in order]:
        lake.land_events(ACCOUNT_EVENTS, OTHER_EVENT, *events)
    kept = lake.rows("SELECT DISTINCT event, message_id FROM account_events WHERE value NOT NULL")
    assert kept == [("revoke", None)]


@pytest.mark.parametrize("send_first", [True, False])
def test_what_the_sender_said_about_a_revoked_message_is_erased(
    lake: Lake, send_first: bool
) -> None:
    said = {"recipient_id": "4917012345678", "extra": '{"body":"a secret"}', "template": "t"}
    sends = [{"message_id": "wamid.IN", **said}, {"message_id": "wamid.OTHER", **said}]
    if send_first:
        lake.land_events(SENDS, *sends)
    lake.land_events(ACCOUNT_EVENTS, ECHO_REVOKE)
    if not send_first:
        lake.land_events(SENDS, *sends)
    rows = lake.rows("SELECT recipient_id, extra, template FROM sends ORDER BY message_id")
    assert rows == [(None, None, "t"), tuple(said.values())]


def test_erased_content_leaves_the_disk_with_the_old_snapshots(lake: Lake, tmp_path: Path) -> None:
    # Many rows, so that they are in a data file and not in the catalog.
    lake.land_events(MESSAGES, *({**MESSAGE, "message_id": f"wamid.{i}"} for i in range(200)))
    lake.maintain(keep=0)
    assert any(file.read_bytes()[:4] == b"PAR1" for file in tmp_path.rglob("*.parquet"))
    lake.land_events(STATUSES, *({**DELETED, "message_id": f"wamid.{i}"} for i in range(200)))
    for _ in range(2):
        lake.maintain(keep=0)
    assert lake.rows("SELECT count(*), count(content) FROM messages") == [(200, 0)]
    lake.connection.execute("CHECKPOINT")
    for file in (tmp_path / "files").rglob("*.parquet"):
        found = lake.rows(f"SELECT count(*) FROM parquet_schema('{file}') WHERE name = 'content'")
        if found != [(0,)]:
            assert lake.rows(f"SELECT count(content) FROM '{file}'") == [(0,)]


def test_ids_with_a_nul_and_texts_like_errors_do_not_stop_a_deletion(lake: Lake) -> None:
    """A NUL makes DuckLake's queries fail, with an error that quotes the row."""
    odd = {"field": "smb_message_echoes"}
    revoke = {**odd, "event": "revoke", "value": r'{"revoke":{"original_message_id":"a\u0000b"}}'}
    edit = {
        **odd,
        "event": "edit",
        "message_id": "locked",
        "value": r'{"edit":{"original_message_id":"a\u0000b"}}',
    }
    assert lake.land_events(ACCOUNT_EVENTS, revoke).landed == 1
    assert lake.land_events(ACCOUNT_EVENTS, edit).landed == 1
    lake.maintain(0)
    assert lake.rows("SELECT value FROM account_events WHERE event = 'edit'") == [(None,)]


def test_erasing_leaves_no_list_of_deleted_rows_beside_a_file(lake: Lake) -> None:
    """Readers of an older snapshot would see erased rows twice while such a list is replaced."""
    first, second = ({**MESSAGE, "message_id": f"wamid.{number}"} for number in (1, 2))
    lake.land_events(MESSAGES, first, second, {"message_id": "wamid.OTHER", "content": TEXT})
    for message in (first, second):
        lake.land_events(STATUSES, {**DELETED, "message_id": message["message_id"]})
    assert sorted(contents(lake), key=str) == [(TEXT, None), (None, None), (None, None)]
    listed = "SELECT count(*) FROM ducklake_list_files('bluetick', ?) WHERE delete_file IS NOT NULL"
    for table in ("messages", "statuses", "kafka_offsets", "landing_fence", "erasures"):
        assert lake.rows(listed, table) == [(0,)], table


def test_a_large_context_beside_a_message_is_erased_with_it(lake: Lake) -> None:
    context = {"field": "messages", "message_id": "wamid.IN", "value": '{"conversation_context":1}'}
    lake.land_events(ACCOUNT_EVENTS, context, {**context, "message_id": "wamid.OTHER"})
    lake.land_events(STATUSES, DELETED)
    rows = lake.rows("SELECT message_id, value IS NULL FROM account_events ORDER BY ALL")
    assert rows == [("wamid.IN", True), ("wamid.OTHER", False)]


def test_content_in_large_files_is_erased_by_maintenance(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "RECENT_BYTES", 0)  # every file is large
    lake.land_events(MESSAGES, MESSAGE, {"message_id": "wamid.OTHER", "content": TEXT})
    files = "SELECT count(*) FROM ducklake_list_files('bluetick', 'messages')"
    lake.land_events(STATUSES, DELETED)
    assert (TEXT, MESSAGE["extra"]) in contents(lake)
    assert lake.rows(files) == [(1,)]

    lake.maintain(keep=0)

    assert sorted(contents(lake), key=str) == [(TEXT, None), (None, None)]
