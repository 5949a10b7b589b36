"""After a deletion and maintenance, no file of the data folder has what was deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, MESSAGES, STATUSES
from tests.support.lake import Lake, lake
from warehouse.kept_wal import wal_kept
from warehouse.recent_statuses import RecentStatuses

__all__ = ["lake"]

MESSAGE_ID = "wamid.HBgNMA==IN"
# In different places of the alphabet, so that one is the least and one the greatest value.
SECRETS = ("!first secret", "0049 1701234567890", "zz last secret", "\U0001f600 Greta Example")


def places(folder: Path, texts: tuple[str, ...] = SECRETS) -> dict[str, set[str]]:
    """The files below the folder that hold one of the texts, as UTF-8 or as escaped JSON."""
    found: dict[str, set[str]] = {}
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            for text in texts:
                if text.encode() in data or json.dumps(text)[1:-1].encode() in data:
                    found.setdefault(file.relative_to(folder).as_posix(), set()).add(text)
    return found


def person(text: str) -> dict[str, object]:
    return {
        "sender_id": text,
        "sender_name": text,
        "content": f"{text} content",
        "extra": f"{text} extra",
    }


@pytest.fixture
def landed(lake: Lake, tmp_path: Path) -> Iterator[Lake]:
    """A warehouse with a store that holds all secrets, and with rows of others, as a consumer
    has it open."""
    lake.recent = RecentStatuses(tmp_path / "states")
    for number, text in enumerate(SECRETS):
        written = {**person(text), "message_id": f"{MESSAGE_ID}{number}"}
        echo = {"field": "smb_message_echoes", "event": "text", "value": f"{text} echo"}
        letter = {
            "reason": "missing_timestamp",
            "detail": "",
            "payload": json.dumps(written).encode(),
        }
        lake.land_events(MESSAGES, written)
        lake.land_events(ACCOUNT_EVENTS, {**echo, "message_id": written["message_id"]})
        lake.land_events(DEAD_LETTERS, letter)
    lake.land_events(MESSAGES, {**person("middle"), "message_id": "wamid.OTHER"})
    parts = [{"id": f"{MESSAGE_ID}0", "text": SECRETS[0]}, {"id": "wamid.OTHER", "text": "kept"}]
    lake.land_events(
        DEAD_LETTERS,
        {"reason": "missing_timestamp", "detail": "", "payload": json.dumps(parts).encode()},
    )
    with wal_kept(lake.connection, lake.location):
        yield lake


def test_no_byte_is_left_in_any_file(landed: Lake, tmp_path: Path) -> None:
    assert set.union(*places(tmp_path).values()) == set(SECRETS)
    assert any("sqlite" in name for name in places(tmp_path))
    for number, text in enumerate(SECRETS):
        deleted = {"message_id": f"{MESSAGE_ID}{number}", "status": "deleted"}
        landed.land_events(STATUSES, {**deleted, "recipient_id": text, "extra": text})
    for _ in range(2):
        landed.maintain(keep=0)
    assert landed.recent
    landed.recent.close()
    assert places(tmp_path) == {}

    rows = landed.rows("SELECT sender_name FROM messages WHERE sender_name >= 'm'")
    assert rows == [("middle",)]
    kept = landed.rows("SELECT payload FROM dead_letters WHERE payload IS NOT NULL")
    assert [json.loads(str(payload, "utf-8")) for (payload,) in kept] == [  # type: ignore[call-overload]
        [{"id": "wamid.OTHER", "text": "kept"}]
    ]


def test_rows_that_land_after_the_cleaning_are_found_by_their_texts(landed: Lake) -> None:
    """Statistics that are too narrow would let queries skip files."""
    for number in range(len(SECRETS)):
        landed.land_events(STATUSES, {"message_id": f"{MESSAGE_ID}{number}", "status": "deleted"})
    for _ in range(2):
        landed.maintain(keep=0)
    with landed.other() as other:
        for name in ("\x01", "a", "\U0010ffff"):
            landed.land_events(MESSAGES, {**person(name), "message_id": "wamid.NEW"})
        for connection in (landed.connection, other):
            for name in ("\x01", "a", "middle", "\U0010ffff"):
                found = connection.execute(
                    "SELECT count(*) FROM messages WHERE sender_name = ?", [name]
                ).fetchall()
                assert found == [(1,)], name


def test_a_deletion_of_a_short_id_erases_no_other_dead_letter(lake: Lake) -> None:
    letter = {
        "reason": "not_understood",
        "detail": "",
        "payload": b'{"messaging_product":"whatsapp"}',
    }
    lake.land_events(DEAD_LETTERS, letter)
    for word in ("whatsapp", "messaging_product", "a", "1"):
        lake.land_events(STATUSES, {"message_id": word, "status": "deleted"})
    lake.maintain(keep=0)
    assert lake.rows("SELECT payload FROM dead_letters") == [(letter["payload"],)]
