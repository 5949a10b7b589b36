"""A deletion also erases who wrote the message, however unusual the JSON beside it is."""

from __future__ import annotations

import pytest

from schemas.topics import ACCOUNT_EVENTS, MESSAGES, STATUSES
from tests.support.lake import Lake, lake

__all__ = ["lake"]

SECRET = '{"id":"wamid.IN","type":"text","text":{"body":"a secret nobody should keep"}}'
ECHO = {"field": "smb_message_echoes", "event": "text", "message_id": "wamid.IN", "value": SECRET}
BESIDE = {
    "integer": "7" * 400,
    "longest integer": "-" + "7" * 4000,
    "lists": "[" * 200 + "]" * 200,
    "deepest": '{"a":' * 499 + "1" + "}" * 499,
}


def changed(kind: str, beside: str) -> dict[str, object]:
    """An echo that revokes or edits the message, with an unusual value beside it."""
    value = f'{{"a":{beside},"{kind}":{{"original_message_id":"wamid.IN"}},"to":"4917012345678"}}'
    return {**ECHO, "event": kind, "message_id": "wamid.R", "value": value}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_revoke_is_read_beside_any_json(lake: Lake, beside: str, at_once: bool) -> None:
    events = [ECHO, changed("revoke", beside)]
    for some in [events] if at_once else [[event] for event in events]:
        lake.land_events(ACCOUNT_EVENTS, *some)
    assert lake.rows("SELECT message_id FROM erasures") == [("wamid.IN",)]
    assert lake.rows("SELECT value FROM account_events") == [(None,), (None,)]


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
def test_an_edit_is_read_beside_any_json_when_it_arrives(lake: Lake, beside: str) -> None:
    lake.land_events(STATUSES, {"message_id": "wamid.IN", "status": "deleted"})
    lake.land_events(ACCOUNT_EVENTS, changed("edit", beside))
    assert lake.rows("SELECT value FROM account_events") == [(None,)]


PERSON = {
    "sender_id": "4917012345678",
    "sender_user_id": "DE.1349",
    "sender_name": "Greta Example",
    "context_from": "4917012345678",
    "context_message_id": "wamid.HBgNNDkxNzAxMjM0NTY3OA==",
    "ctwa_clid": "click",
    "content": '{"body":"a secret nobody should keep"}',
    "extra": '{"contact":{"profile":{"name":"Greta Example"}}}',
}
COLUMNS = ", ".join(PERSON)


@pytest.mark.parametrize("first", [True, False])
def test_a_revoke_erases_who_wrote_and_who_revoked(lake: Lake, first: bool) -> None:
    written = {"message_id": "wamid.IN", "group_id": "group", **PERSON}
    revoke = {
        **PERSON,
        "message_id": "wamid.R",
        "type": "revoke",
        "target_message_id": "wamid.IN",
    }
    for event in (revoke, written) if first else (written, revoke):
        lake.land_events(MESSAGES, event)
    assert set(lake.rows(f"SELECT {COLUMNS} FROM messages")) == {(None,) * len(PERSON)}
    kept = lake.rows("SELECT message_id, type, target_message_id, group_id FROM messages")
    assert sorted(kept) == [
        ("wamid.IN", "text", None, "group"),
        ("wamid.R", "revoke", "wamid.IN", None),
    ]


def test_rows_that_an_older_version_erased_lose_the_person_too(lake: Lake) -> None:
    blank = {"content": None, "extra": None}
    lake.land_events(MESSAGES, {"message_id": "wamid.IN", **PERSON, **blank})
    lake.connection.execute("INSERT INTO erasures VALUES ('wamid.IN', now())")
    lake.maintain(keep=0)
    assert lake.rows(f"SELECT {COLUMNS} FROM messages") == [(None,) * len(PERSON)]


def test_the_status_of_a_deletion_does_not_say_who_deleted(lake: Lake) -> None:
    person = {"recipient_id": "4917012345678", "extra": '{"contact":{"wa_id":"4917012345678"}}'}
    lake.land_events(
        STATUSES,
        {"message_id": "wamid.IN", "status": "deleted", **person},
        {"message_id": "wamid.OUT", **person},
    )
    rows = lake.rows("SELECT status, recipient_id, extra FROM statuses ORDER BY ALL")
    assert rows == [("deleted", None, None), ("sent", person["recipient_id"], person["extra"])]
