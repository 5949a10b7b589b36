"""`bluetick replay` with a real broker, a real consumer process and a real warehouse."""

from __future__ import annotations

import io
import json
import uuid
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.replay.dead_letters import LetterFilter
from bluetick.replay.publisher import BulkPublisher
from bluetick.replay.replay import Place, replay_letters, replay_raw
from bluetick.replay.source_dialects import Readings
from producer.kafka.acknowledgement import Outgoing
from producer.normalise import lists, normalise
from producer.normalise.dead_letter import MISSING_ID, Unreadable
from schemas.topics import STATUSES
from settings.sources import Source
from settings.times import micros, parse_time
from tests.support.broker import Tail, fresh_broker
from tests.support.command import run
from tests.support.land import consumers, publish
from tests.support.landed import await_all_landed, contents, receive
from tests.support.records import event, framed
from warehouse.connection import Location

SOURCE = Source(name="shop", auth="none", business_number="15550001111")
CONFIG = '[sources.shop]\nauth = "hmac"\napp_secrets = ["env:UNSET_HERE"]\n'
NUMBER = 'business_number = "15550001111"\n'
RECEIVED_AT = micros(parse_time("1h"))


def status(number: int) -> dict[str, str]:
    return {"id": f"wamid.{number}", "status": "sent", "timestamp": str(1_790_000_000 + number)}


def flat(*numbers: int) -> bytes:
    return json.dumps({"statuses": [status(number) for number in numbers]}).encode()


def unable(*_: object) -> None:
    raise Unreadable(MISSING_ID)


def receive_before_it_could_be_read(
    bootstrap: str, bodies: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publishes like a receiver whose normaliser cannot read statuses."""
    with monkeypatch.context() as before:
        before.setattr(lists, "status_event", unable)
        receive(bootstrap, SOURCE, bodies, RECEIVED_AT)


def test_replaying_twice_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, config = tmp_path / "data", tmp_path / "bluetick.toml"
    config.write_text(CONFIG + NUMBER)
    lost = [flat(1, 2), flat(3)]
    today = [flat(9), b"{broken", json.dumps({"statuses": [{"id": "wamid.x"}]}).encode()]
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        where = ("--data-dir", str(data), "--bootstrap-servers", broker.bootstrap)
        receive_before_it_could_be_read(broker.bootstrap, lost, monkeypatch)
        receive(broker.bootstrap, SOURCE, today, RECEIVED_AT + 60_000_000)
        publish(broker.bootstrap, STATUSES, [b"\x00\x00\x00\x00\x07junk"])
        group.start()
        await_all_landed(broker.bootstrap, data)
        before = contents(data)
        assert before["statuses"].total() == 1
        assert before["dead_letters"].total() == 6

        place = Place(Location.under(data), broker.bootstrap, None, dry_run=True)
        assert replay_letters(place, LetterFilter(), Readings.of(config), Console()) == 0
        dry = capsys.readouterr().out
        assert dry.startswith("dead letters read 6, events to publish 3, unreadable 3\n")
        await_all_landed(broker.bootstrap, data)
        assert contents(data) == before

        for _ in range(2):
            done = run("replay", "dead-letters", *where, "--config", str(config))
            assert done.returncode == 0, done.stderr
            assert done.stdout.splitlines()[0] == (
                "dead letters read 6, events published 3, unreadable 3"
            )
            assert "1 unknown_schema" in done.stdout
            await_all_landed(broker.bootstrap, data)
            after = contents(data)
            new = {"statuses": None, "rollups": None}
            assert {**after, **new} == {**before, **new}
            assert before["statuses"] <= after["statuses"]
            assert after["statuses"].total() == 4
            assert {row[0]: row for row in after["statuses"]}.keys() >= expected_ids(lost)

        raw = run("replay", "raw", *where, "--config", str(config))
        assert raw.returncode == 0, raw.stderr
        assert raw.stdout.splitlines()[0] == "raw bodies read 5, events published 4, unreadable 2"
        await_all_landed(broker.bootstrap, data)
        assert contents(data) == after


def expected_ids(bodies: list[bytes]) -> set[object]:
    """The ids that the current normaliser gives to the events of these bodies."""
    return {
        uuid.UUID(found.record["event_id"])
        for body in bodies
        for found in normalise(
            body,
            source=SOURCE.name,
            dialect=SOURCE.dialect,
            business_number=SOURCE.business_number,
            received_at=RECEIVED_AT,
        )
    }


def test_raw_bodies_by_time_source_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "bluetick.toml"
    config.write_text(CONFIG + NUMBER)
    bank = Source(name="bank", auth="none")
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        receive_before_it_could_be_read(broker.bootstrap, [flat(1), flat(2)], monkeypatch)
        receive(broker.bootstrap, bank, [flat(3)], micros(parse_time("2d")))
        group.start()
        await_all_landed(broker.bootstrap, tmp_path / "data")

        place = Place(Location.under(tmp_path / "data"), broker.bootstrap, None, dry_run=True)
        printed = io.StringIO()

        def read(wanted: LetterFilter) -> int:
            readings = Readings.of(config, guess=True)
            assert replay_raw(place, wanted, readings, Console(file=printed)) == 0
            return int(capsys.readouterr().out.partition(",")[0].rpartition(" ")[2])

        assert read(LetterFilter(source="shop")) == 2
        assert read(LetterFilter(since=parse_time("1d"))) == 2
        assert read(LetterFilter(until=parse_time("1d"), source="shop")) == 0
        assert read(LetterFilter(reason="missing_id")) == 2
        assert read(LetterFilter(reason="too_deep")) == 0
        assert set(printed.getvalue().splitlines()) == {
            'nothing matches; to see what exists: `bluetick sql "FROM dead_letter_counts"`'
        }
        printed.truncate(0)
        printed.seek(0)
        assert read(LetterFilter()) == 3
        assert printed.getvalue().startswith("source bank is not configured")


def test_bodies_are_read_with_the_settings_of_their_source(tmp_path: Path) -> None:
    """Without the settings of its source, a flat body has no business number, so other ids."""
    config = tmp_path / "bluetick.toml"
    config.write_text(CONFIG + NUMBER)
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        receive(broker.bootstrap, SOURCE, [flat(1)], RECEIVED_AT)
        group.start()
        await_all_landed(broker.bootstrap, tmp_path / "data")
        before = contents(tmp_path / "data")
        where = ("--bootstrap-servers", broker.bootstrap)
        refused = run("replay", "raw", *where, cwd=tmp_path / "data")
        assert refused.returncode == 1
        assert "source shop is not configured" in refused.stderr
        assert "--config" in refused.stderr
        await_all_landed(broker.bootstrap, tmp_path / "data")
        assert contents(tmp_path / "data") == before
        guessed = run("replay", "raw", *where, "--guess", cwd=tmp_path / "data")
        assert guessed.returncode == 0, guessed.stderr
        await_all_landed(broker.bootstrap, tmp_path / "data")
        assert contents(tmp_path / "data")["statuses"].total() == 2


def test_obstacles_are_explained(tmp_path: Path) -> None:
    nowhere = run("replay", "dead-letters", "--dry-run", "--data-dir", str(tmp_path), cwd=tmp_path)
    assert nowhere.returncode == 1
    assert "no warehouse at" in nowhere.stderr
    silent = run("replay", "raw", "--bootstrap-servers", "127.0.0.1:1", cwd=tmp_path)
    assert silent.returncode == 1
    assert "no broker answers at 127.0.0.1:1" in silent.stderr
    assert "Traceback" not in nowhere.stderr + silent.stderr
    assert run("replay", "raw", "--since", "soon").returncode == 2


def test_a_too_large_record_does_not_stop_the_others(broker: str) -> None:
    huge, good = event(STATUSES, extra="x" * 9_000_000), event(STATUSES)
    publisher, tail = BulkPublisher(broker), Tail(broker, (STATUSES,))
    publisher.send(Outgoing(STATUSES.name, None, framed(STATUSES, one)) for one in (huge, good))
    publisher.flush()
    assert publisher.too_large == 1
    found = {str(record["event_id"]) for record in tail.records()[STATUSES.name]}
    assert good["event_id"] in found
    assert huge["event_id"] not in found
