"""Replays dead letters of all kinds from a real warehouse."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.replay.dead_letters import LetterFilter, find, posts
from bluetick.replay.replay import Place, replay_letters
from bluetick.replay.source_dialects import Readings, Unconfigured
from consumer.decode import NOT_WHOLE, Record, Unlandable
from consumer.writer import land, read
from producer.normalise import Event, normalise
from producer.notices import oversize_notice, unencodable_notice
from producer.pseudonyms import Pseudonyms
from schemas.registry import DerivedRegistry
from schemas.registry_errors import UnknownSchema
from schemas.topics import DEAD_LETTERS, STATUSES, Schema
from settings.errors import ConfigError
from settings.privacy import Privacy
from tests.support.broker import Tail
from tests.support.lake import Lake, lake
from tests.support.land import publish
from tests.support.payloads import cloud, status
from tests.support.records import NOW_US, event, framed, span

__all__ = ["lake"]

LOCAL = "local"
FULL = Privacy()


def letter(payload: bytes, received_at: int = NOW_US, **changes: object) -> dict[str, object]:
    """The dead letter of a body, with changed columns."""
    (found,) = normalise(
        payload, source=LOCAL, dialect="auto", business_number=None, received_at=received_at
    )
    assert found.topic is DEAD_LETTERS
    return found.record | changes


def land_letters(lake: Lake, *records: dict[str, object]) -> None:
    lake.land(DEAD_LETTERS, *(framed(DEAD_LETTERS, record) for record in records))


def replayed(
    lake: Lake,
    bootstrap: str,
    capsys: pytest.CaptureFixture[str],
    *,
    dry_run: bool = False,
    privacy: Privacy = FULL,
) -> list[str]:
    """Replays all dead letters, and returns the printed lines."""
    if not dry_run:  # what other tests have published must not decide the level of privacy
        publish(bootstrap, STATUSES, [framed(STATUSES, event(STATUSES))])
    place = Place(lake.location, bootstrap, None, dry_run)
    readings = Readings({}, guess=True, privacy=privacy)
    assert replay_letters(place, LetterFilter(), readings, Console(file=io.StringIO())) == 0
    return capsys.readouterr().out.splitlines()


class OlderRegistry(DerivedRegistry):
    """A registry without the current schemas."""

    def schema_of(self, schema_id: int) -> Schema:
        raise UnknownSchema(f"schema id {schema_id} is not known yet")


def test_a_record_is_published_when_the_consumer_can_decode_it(
    lake: Lake, broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    good = event(STATUSES, message_id="wamid.again")
    values = [framed(STATUSES, good), b"\x00\x00\x00\x00\x07junk", None]
    records = [Record(STATUSES, 0, n, NOW_US, value) for n, value in enumerate(values)]
    land(lake.connection, read([span(STATUSES, 0, 3)], records, OlderRegistry()))
    tail = Tail(broker, (STATUSES,))
    printed = replayed(lake, broker, capsys)
    assert printed[0] == "dead letters read 3, events published 1, unreadable 2"
    assert sorted(printed[1:]) == ["  1 undecodable", "  1 unknown_schema"]
    (found,) = (one for one in tail.messages() if one.value() == values[0])
    assert found.key() == b"wamid.again"


def test_records_that_show_people_stay_where_they_are_hidden(
    lake: Lake, broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {"1": "a-key-of-a-test-" * 2}
    shown = framed(STATUSES, event(STATUSES, recipient_id="4917655512345"))
    hidden = framed(STATUSES, event(STATUSES, event_id=Pseudonyms("1", keys["1"]).uuid("a")))
    records = [Record(STATUSES, 0, n, NOW_US, value) for n, value in enumerate((shown, hidden))]
    land(lake.connection, read([span(STATUSES, 0, 2)], records, OlderRegistry()))
    tail = Tail(broker, (STATUSES,))
    privacy = Privacy(level="minimal", key_id="1", keys=keys)
    printed = replayed(lake, broker, capsys, privacy=privacy)
    assert printed[0] == "dead letters read 2, events published 1, unreadable 1"
    assert printed[1:] == ["  1 not_pseudonymous"]
    values = [message.value() for message in tail.messages()]
    assert hidden in values
    assert shown not in values


def test_what_is_published_is_at_the_level_of_privacy(
    lake: Lake, broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = letter(b"{", event_id=event(STATUSES)["event_id"])
    land_letters(lake, known | {"payload": cloud(status("wamid.WHOSE", recipient_id="4917012345"))})
    tail = Tail(broker, (STATUSES,))
    keys = {"1": "a-key-of-a-test-" * 2}
    replayed(lake, broker, capsys, privacy=Privacy(level="minimal", key_id="1", keys=keys))
    (found,) = (one for one in tail.messages() if (one.key() or b"").startswith(b"wamid.1."))
    assert b"wamid.WHOSE" not in found.key() + found.value()
    assert b"4917012345" not in found.value()


def test_records_that_were_kept_in_part_are_not_replayed(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    beginning = framed(STATUSES, event(STATUSES))
    records = [
        Record(STATUSES, 0, n, NOW_US, beginning, Unlandable(reason, "for a test"))
        for n, reason in enumerate(sorted(NOT_WHOLE))
    ]
    land(lake.connection, read([span(STATUSES, 0, 2)], records, DerivedRegistry()))
    printed = replayed(lake, "", capsys, dry_run=True)
    assert printed[0] == "dead letters read 2, events to publish 0, unreadable 2"
    assert sorted(printed[1:]) == ["  1 too_large", "  1 unreadable_batch"]


def test_another_reason_makes_a_new_dead_letter(
    lake: Lake, broker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = letter(b"{", reason="not_understood", event_id=event(STATUSES)["event_id"])
    land_letters(lake, earlier)
    tail = Tail(broker, (DEAD_LETTERS,))
    printed = replayed(lake, broker, capsys)
    assert printed[0] == "dead letters read 1, events published 0, unreadable 1"
    records = tail.records()[DEAD_LETTERS.name]
    assert letter(b"{")["event_id"] in {str(record["event_id"]) for record in records}


def test_notices_without_a_body_are_not_replayed(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    large = oversize_notice(LOCAL, 9_000_000, NOW_US).record
    odd = unencodable_notice(Event(STATUSES, None, {"statuses": 1}), LOCAL, NOW_US).record
    land_letters(lake, large, odd, letter(b"{"))
    printed = replayed(lake, "", capsys, dry_run=True)
    assert printed[0] == "dead letters read 3, events to publish 0, unreadable 3"


def test_filters_select_dead_letters_oldest_first(lake: Lake) -> None:
    hour = 3_600_000_000
    land_letters(
        lake,
        letter(b"{", NOW_US + hour),
        letter(b"[", NOW_US),
        letter(b"7", NOW_US, source="shop"),
    )

    def payloads(wanted: LetterFilter) -> list[bytes | None]:
        total, found = find(lake.connection, wanted)
        listed = [one.payload for some in found for one in some]
        assert len(listed) == total
        return listed

    now = datetime.fromtimestamp(NOW_US / 1_000_000, UTC)
    later = now + timedelta(minutes=1)
    assert payloads(LetterFilter(reason="malformed_json")) == [b"[", b"{"]
    assert payloads(LetterFilter(source="shop")) == [b"7"]
    assert payloads(LetterFilter(since=later)) == [b"{"]
    assert payloads(LetterFilter(until=later, reason="malformed_json")) == [b"["]
    assert payloads(LetterFilter(since=now, until=now)) == []
    assert posts(lake.connection, LetterFilter(reason="not_understood")) == {("shop", NOW_US)}


def test_sources_are_read_without_their_secrets(tmp_path: Path) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text(
        '[sources.shop]\nauth = "hmac"\napp_secrets = ["env:NOT_SET"]\ndialect = "onprem"\n'
        'business_number = "15550001111"\n'
    )
    readings = Readings.of(file)
    assert readings["shop"].business_number == "15550001111"
    assert readings["shop"].dialect == "onprem"
    with pytest.raises(Unconfigured, match="source bank"):
        readings["bank"]
    guessing = Readings.of(file, guess=True)
    assert guessing["bank"].dialect == "auto"
    assert guessing.guessed == {"bank"}
    file.write_text('[sources.shop]\ndialect = "s3cret"\n')
    with pytest.raises(ConfigError, match=r"sources\.shop\.dialect") as caught:
        Readings.of(file)
    assert "s3cret" not in str(caught.value)
