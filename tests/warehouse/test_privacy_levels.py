"""What lands at a level of privacy counts as before, and can still be deleted and erased."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

from producer.normalise.event import Event
from producer.normalise.send import sends
from producer.privacy import Veil, veil_of
from producer.pseudonyms import Pseudonyms
from schemas.topics import MESSAGES, STATUSES, Topic
from settings.privacy import Privacy
from tests.support import fixtures, person
from tests.support.command import run, run_here
from tests.support.fixtures import RECEIVED_AT
from tests.support.lake import Lake, lake
from tests.support.records import event, framed
from warehouse.rollups import corrections

__all__ = ["lake"]

KEYS = {"1": "a-key-of-a-test-" * 2}
LEVELS = ("full", "pseudonymous", "minimal")
COUNTS = (
    "SELECT * EXCLUDE (campaign), sum(messages) FROM campaign_counts GROUP BY ALL ORDER BY ALL",
    "SELECT campaign, sum(messages) FROM campaign_counts GROUP BY ALL ORDER BY ALL",
    "FROM billing ORDER BY ALL",
    "FROM delivery ORDER BY ALL",
    "FROM failures ORDER BY ALL",
    "FROM conversations ORDER BY ALL",
    "SELECT type, count(*) FROM messages GROUP BY ALL ORDER BY ALL",
    "SELECT count(DISTINCT (message_id, participant_id)) FROM statuses",
    "SELECT outcome, category, cost_centre, market, count(*) FROM send_outcomes GROUP BY ALL "
    "ORDER BY ALL",
)


def veil(level: str) -> Veil:
    """The mapping of a level; that of `full` changes nothing."""
    privacy = Privacy.model_validate({"level": level, "key_id": "1", "keys": KEYS})
    return veil_of(privacy) or (lambda event: event)


def land(lake: Lake, level: str) -> None:
    """Lands the events of all payloads at this level, and what the sender says of statuses."""
    change = veil(level)
    frames: dict[Topic, list[bytes]] = {}
    for fixture in fixtures.load():
        for one in with_sends(fixture.normalise()):
            if one.topic.table:
                frames.setdefault(one.topic, []).append(framed(one.topic, change(one).record))
    for topic, values in frames.items():
        lake.land(topic, *values)


def with_sends(events: list[Event]) -> list[Event]:
    """These events, and a send for each status."""
    said = [
        {
            "cost_centre": "4711",
            **{name: one.record[name] for name in ("message_id", "recipient_id")},
        }
        for one in events
        if one.topic is STATUSES
    ]
    body = json.dumps(said).encode()
    return [*events, *sends(body, source="crm", business_number=None, received_at=RECEIVED_AT)]


def test_each_level_counts_the_same(tmp_path: Path) -> None:
    seen = []
    for level in LEVELS:
        lake = Lake(tmp_path / level)
        with lake.connection:
            land(lake, level)
            seen.append([lake.rows(sql) for sql in COUNTS])
            assert lake.rows(corrections()) == []
    assert len(seen[0][0]) > 20
    assert "delivered" in repr(seen[0][-1])
    assert seen[1] == seen[0]
    assert seen[2] == seen[0]


def test_a_participant_with_two_ids_is_one(lake: Lake) -> None:
    named = {
        "both": {"participant_id": "4917012345678", "participant_user_id": "DE.1234567"},
        "user": {"participant_id": "DE.1234567", "participant_user_id": "DE.1234567"},
    }
    for level in LEVELS:
        for first, second in (("both", "user"), ("user", "both")):
            for ids, status in ((first, "sent"), (second, "read")):
                fields = {"message_id": f"{level}{first}", "recipient_type": "group"}
                row = event(STATUSES, **named[ids], **fields, status=status)
                left = veil(level)(Event(STATUSES, None, row)).record
                lake.land(STATUSES, framed(STATUSES, left))
    assert lake.rows("SELECT outcome, market FROM outcomes") == [("read", "Germany")] * 6


def test_a_deletion_reaches_what_it_is_about(lake: Lake) -> None:
    for level in LEVELS:
        text = {"type": "text", "content": '{"body":"x"}', "sender_id": "4917"}
        revoke = {"type": "revoke", "target_message_id": f"wamid.{level}"}
        for message_id, fields in ((f"wamid.{level}", text), (f"wamid.{level}R", revoke)):
            row = event(MESSAGES, message_id=message_id, **fields)
            left = veil(level)(Event(MESSAGES, None, row)).record
            lake.land(MESSAGES, framed(MESSAGES, left))
    found = lake.rows("SELECT content, sender_id FROM messages WHERE type = 'text'")
    assert found == [(None, None)] * len(LEVELS)


def test_a_person_is_found_and_erased_by_the_number(lake: Lake, tmp_path: Path) -> None:
    change = veil("pseudonymous")
    for topic, some in groupby(person.EVENTS, key=lambda one: one[0]):
        rows = [change(Event(topic, None, event(topic, **fields))).record for _, fields in some]
        lake.land(topic, *(framed(topic, row) for row in rows))
    config = tmp_path / "bluetick.toml"
    config.write_text(
        f'[privacy]\nlevel = "full"\n[privacy.keys]\nold = "{KEYS["1"]}x"\n1 = "{KEYS["1"]}"\n'
    )
    whom = ("--person", f"+{person.PHONE}", "--data-dir", str(tmp_path), "--config", str(config))
    export = run("privacy", "export", *whom)
    rows = [json.loads(line) for line in export.stdout.splitlines()]
    assert {row["table"] for row in rows} >= {"statuses", "messages", "sends"}
    done = run("privacy", "erase", *whom)
    assert done.returncode == 0, done.stderr
    assert run_here("privacy", "export", *whom).stdout == ""
    names = Pseudonyms("1", KEYS["1"])
    whose = names.person(person.PHONE), names.person(person.USER_ID)
    assert any(one in export.stdout for one in whose)
    left = repr([lake.rows(f"FROM {table}") for table in ("statuses", "messages", "sends")])
    assert not any(one in left for one in whose)
    assert lake.rows(corrections()) == []
