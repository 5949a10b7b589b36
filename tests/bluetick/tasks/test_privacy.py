"""`bluetick privacy` finds, exports and erases what the warehouse has about a person."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from bluetick.doctor.cluster import ClusterFacts, TopicFacts
from bluetick.options import Settings
from bluetick.tasks.kafka_retention import of_topics, remainder
from schemas.create_topics import topic_config
from schemas.topics import DEAD_LETTERS, MESSAGES, SENDS, STATUSES
from tests.support.command import run
from tests.support.lake import Lake, lake
from tests.support.ports import free_port
from warehouse.offsets import Log

__all__ = ["lake"]

PHONE = "4917012345678"
DOC = Path(__file__).parents[3] / "docs" / "privacy.md"


def fill(lake: Lake) -> None:
    lake.land_events(
        STATUSES,
        {"message_id": "wamid.OUT12345", "recipient_id": PHONE},
        {"message_id": "wamid.OTHER123", "recipient_id": "15551234567"},
    )
    lake.land_events(
        MESSAGES, {"message_id": "wamid.IN123456", "sender_id": PHONE, "content": '"\x1b[2J"'}
    )
    lake.land_events(SENDS, {"message_id": "wamid.OUT12345", "recipient_id": PHONE})
    letter = {"reason": "missing_timestamp", "detail": "", "payload": PHONE.encode()}
    lake.land_events(DEAD_LETTERS, letter)


def found(folder: Path, *arguments: str) -> dict[str, int]:
    done = run("privacy", "find", *arguments, "--data-dir", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    return {name: int(count) for name, count in re.findall(r"(\w+) +(\d+)", done.stdout)}


def test_a_person_is_found_exported_and_erased(lake: Lake, tmp_path: Path) -> None:
    fill(lake)
    assert found(tmp_path, "--person", f"+{PHONE}") == {
        "account_events": 0,
        "errors": 0,
        "messages": 1,
        "sends": 1,
        "statuses": 1,
        "dead_letters": 1,
    }

    done = run("privacy", "export", "--person", PHONE, "--data-dir", str(tmp_path))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert "\x1b" not in done.stdout
    assert [row["table"] for row in rows] == ["messages", "sends", "statuses", "dead_letters"]
    ids = [row.get("message_id") for row in rows]
    assert ids == ["wamid.IN123456", "wamid.OUT12345", "wamid.OUT12345", None]

    people = tmp_path / "people.txt"
    people.write_text(f"+{PHONE}\n\nwamid.OTHER123\n")
    done = run("privacy", "erase", "--file", str(people), "--now", "--data-dir", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "erased: 1 people, 3 messages\n"
        "The embedded broker, if it runs, holds their records until `bluetick up` ends.\n"
    )
    people.unlink()
    assert not any(found(tmp_path, "--person", PHONE, "--message", "wamid.OTHER123").values())
    left = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file for file in left if PHONE.encode() in file.read_bytes()] == []
    assert lake.rows("SELECT people, messages FROM privacy_requests") == [(1, 3)]
    assert lake.rows("SELECT sum(messages) FROM outcome_counts") == [(2,)]


def test_it_says_until_when_kafka_may_hold_records() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def said(**settings: int) -> str:
        facts = TopicFacts(Log("c", "i", STATUSES.name), 6, 3, settings)
        return of_topics(ClusterFacts("k", "c", 3, {STATUSES.name: facts}), now)

    kept = {name: int(value) for name, value in topic_config(STATUSES).items() if value.isdigit()}
    assert "until 2026-01-09 00:00 UTC. Nothing in them lands again" in said(**kept)
    assert "for good in whatsapp.statuses" in said(**{"retention.ms": -1})
    silent = remainder(Settings(own_kafka=f"127.0.0.1:{free_port()}"))
    assert silent.startswith("Kafka did not answer")


def test_errors_name_no_person(lake: Lake, tmp_path: Path) -> None:
    fill(lake)
    for arguments in (["--person", "49170"], []):
        done = run("privacy", "erase", *arguments, "--data-dir", str(tmp_path))
        assert done.returncode in (1, 2)
        assert "49170" not in done.stdout + done.stderr
    elsewhere = run("privacy", "erase", "--person", PHONE, "--data-dir", str(tmp_path / "none"))
    assert elsewhere.returncode == 1
    assert "start `bluetick up`" in elsewhere.stderr
    assert not (tmp_path / "none").exists()


def test_the_commands_of_the_page_exist() -> None:
    page = DOC.read_text("utf-8")
    commands = re.findall(r"^bluetick privacy (\w+) (--\w+)", page, re.MULTILINE)
    assert len(commands) >= 5
    for name, option in commands:
        assert option in run("privacy", name, "--help").stdout
