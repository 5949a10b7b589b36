"""`bluetick import sends` with a real broker and a real warehouse."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.imports.sends import Target, import_sends
from bluetick.imports.sends_file import BadFile
from bluetick.replay.published_level import LevelUnknown
from producer.pseudonyms import Pseudonyms
from schemas.codec import decode
from schemas.topics import ERRORS, SENDS, STATUSES, Topic
from tests.support.broker import Tail, fresh_broker
from tests.support.command import run
from tests.support.lake import Lake, lake
from tests.support.land import publish
from tests.support.ports import free_port
from tests.support.records import REGISTRY, event, framed

__all__ = ["lake"]

HEAD = "message_id,template,campaign,cost_centre,recipient_id,sent_at,order\n"
ROW = "wamid.{0},spring_sale,spring,4711,+49 170 {0:07},2026-09-21T13:56:40Z,{0}\n"


KEY = "a-key-of-a-test-" * 2
PRIVACY = '[privacy]\nlevel = "{}"\nkey_id = "1"\n[privacy.keys]\n1 = "' + KEY + '"\n'
NAMES = Pseudonyms("1", KEY)


@pytest.fixture(autouse=True)
def _newest(broker: str) -> None:
    """What other tests have published before must not decide the level of privacy."""
    received(broker)


def received(bootstrap: str, topic: Topic = STATUSES, **columns: object) -> None:
    """Publishes an event as a receiver would."""
    publish(bootstrap, topic, [framed(topic, event(topic, **columns))])


def configured(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "bluetick.toml"
    file.write_text(text)
    return file


def rows(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows(
        "SELECT source, message_id, template, campaign, cost_centre, recipient_id, "
        "occurred_at::VARCHAR, extra FROM sends ORDER BY message_id"
    )


def imported(broker: str, file: Path, **given: object) -> int:
    target = Target(broker, None, **given)  # type: ignore[arg-type]
    return import_sends(file, target, Console(file=io.StringIO()))


def test_a_file_that_is_imported_twice_lands_once(broker: str, lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "sends.csv"
    file.write_text("\N{BYTE ORDER MARK}" + HEAD + "".join(map(ROW.format, range(2_500))), "utf-8")
    landed = []
    for _ in range(2):
        tail = Tail(broker, (SENDS,))
        assert imported(broker, file) == 2_500
        move = lake.land(SENDS, *(message.value() for message in tail.messages()))
        landed.append((move.landed, move.duplicates, move.conflicts))
    assert landed == [(2_500, 0, 0), (0, 2_500, 0)]
    assert rows(lake)[7:8] == [
        (
            *("import", "wamid.1003", "spring_sale", "spring", "4711", "491700001003"),
            *("2026-09-21 13:56:40+00", '{"order":"1003"}'),
        )
    ]


def test_the_source_may_be_configured(broker: str, tmp_path: Path) -> None:
    file = tmp_path / "sends.csv"
    file.write_text("message_id\nwamid.A\n")
    config = configured(
        tmp_path,
        '[sources.shop]\nauth = "header"\nheader = "X"\ntoken = "env:UNSET_HERE"\n'
        'business_number = "+1 555 0001111"\n',
    )
    tail = Tail(broker, (SENDS,))
    assert imported(broker, file, source="shop", config=config) == 1
    ((record,),) = tail.records().values()
    assert (record["source"], record["display_phone_number"]) == ("shop", "15550001111")


def test_rows_are_published_at_the_level_of_privacy(broker: str, tmp_path: Path) -> None:
    file, config = tmp_path / "sends.csv", configured(tmp_path, PRIVACY.format("pseudonymous"))
    file.write_text(HEAD + ROW.format(1))
    tail = Tail(broker, (SENDS,))
    assert imported(broker, file, config=config) == 1
    (message,) = tail.messages()
    record = decode(message.value(), REGISTRY)
    assert message.key() == record["message_id"].encode() == NAMES.message("wamid.1").encode()
    assert (record["recipient_id"], record["extra"]) == (NAMES.person("491700000001"), None)
    assert (record["campaign"], record["cost_centre"]) == ("spring", "4711")


def test_nobody_publishes_people_by_forgetting_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sends.csv").write_text(HEAD + ROW.format(1))
    full, hidden, least = (tmp_path / f"{name}.toml" for name in ("full", "hidden", "least"))
    full.write_text('[privacy]\nlevel = "full"\n')
    hidden.write_text(PRIVACY.format("pseudonymous"))
    least.write_text(PRIVACY.format("minimal"))
    with fresh_broker() as running:
        bootstrap = running.bootstrap
        tail = Tail(bootstrap, (SENDS,))

        def attempt(config: Path | None) -> int:
            return imported(bootstrap, tmp_path / "sends.csv", config=config)

        with pytest.raises(LevelUnknown, match="no event that shows the privacy level"):
            attempt(None)
        # A record that is not ours shows nothing, and one without people only that they are hidden.
        publish(bootstrap, STATUSES, [b"junk"])
        received(bootstrap, ERRORS, event_id=NAMES.uuid("an error"))
        refused: list[Path | None] = [None, full]
        for config in refused:
            with pytest.raises(LevelUnknown, match="at the privacy level pseudonymous"):
                attempt(config)
        received(bootstrap, event_id=NAMES.uuid("a"), recipient_id=NAMES.other("group", "a"))
        for config in refused:
            with pytest.raises(LevelUnknown, match="at the privacy level pseudonymous"):
                attempt(config)
        assert attempt(hidden) == attempt(least) == 1
        received(bootstrap, event_id=NAMES.uuid("b"), recipient_id="49")
        for config in [*refused, hidden]:
            with pytest.raises(LevelUnknown, match="at the privacy level minimal"):
                attempt(config)
        assert attempt(least) == 1
        sent = b"".join(message.value() or b"" for message in tail.messages())
        assert b"491700000001" not in sent
        received(bootstrap)  # the receiver's level is full again
        assert attempt(None) == attempt(full) == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",spring_sale,,,,,\n", "the element has no id"),
        ("wamid.B,spring_sale,,,,yesterday,\n", "the timestamp is not a time"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_what_is_before_it_stays(
    broker: str, tmp_path: Path, row: str, why: str
) -> None:
    file = tmp_path / "sends.csv"
    many = "".join(map(ROW.format, range(1_500)))
    file.write_text(HEAD + many + row)
    tail = Tail(broker, (SENDS,))
    with pytest.raises(BadFile, match=rf"sends\.csv, line 1502: {why}.* import the file again"):
        imported(broker, file)
    assert len(tail.messages()) == 1_000  # whole portions


def test_the_command(broker: str, tmp_path: Path) -> None:
    file = tmp_path / "sends.csv"
    file.write_text(HEAD + ROW.format(1))
    done = run("import", "sends", str(file), "--bootstrap-servers", broker, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "published 1 sends\n"), done.stderr
    nobody = f"127.0.0.1:{free_port()}"
    done = run("import", "sends", str(file), "--bootstrap-servers", nobody, cwd=tmp_path)
    assert done.returncode == 1
    assert "no broker answers" in done.stderr
    done = run("import", "sends", "missing.csv", "--bootstrap-servers", broker, cwd=tmp_path)
    assert done.returncode == 1
    assert "missing.csv cannot be read" in done.stderr
