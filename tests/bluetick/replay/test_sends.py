"""Dead letters of what the sender said are read as that, and not as webhooks."""

from __future__ import annotations

from bluetick.replay.dead_letters import Letter
from bluetick.replay.replay import Replay
from bluetick.replay.source_dialects import Reading, Readings
from producer.normalise.send import SENDER, sends
from schemas.topics import DEAD_LETTERS
from tests.support.records import NOW_US, REGISTRY

READINGS = Readings({"crm": Reading()}, guess=False)


def letter(payload: bytes, event_id: str = "") -> Letter:
    return Letter(event_id, DEAD_LETTERS.name, "crm", SENDER, "missing_id", NOW_US, payload)


def test_what_can_be_read_today_is_published() -> None:
    replay = Replay(READINGS, REGISTRY, None)
    replay.letters([letter(b'{"message_id":"a"}'), letter(b'[{"message_id":"b"},{"c":1}]')])
    assert (replay.counts.read, replay.counts.published, replay.counts.left.total()) == (2, 2, 0)


def test_what_still_cannot_be_read_stays_as_it_is() -> None:
    body = b'[1, {"template":"t"}]'
    events = sends(body, source="crm", business_number=None, received_at=NOW_US)
    replay = Replay(READINGS, REGISTRY, None)
    for event in events:
        replay.letters([letter(event.record["payload"], event.record["event_id"])])
    replay.letters([letter(b"not from our receiver")])
    assert (replay.counts.published, replay.counts.left["missing_id"]) == (0, 3)
