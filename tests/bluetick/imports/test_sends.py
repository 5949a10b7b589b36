"""`bluetick import sends` with a real broker and a real warehouse."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.imports.sends import Target, import_sends
from bluetick.imports.sends_file import BadFile
from producer.pseudonyms import Pseudonyms
from schemas.codec import decode
from schemas.topics import SENDS
from tests.support.broker import Tail
from tests.support.command import run
from tests.support.lake import Lake, lake
from tests.support.ports import free_port
from tests.support.records import REGISTRY

__all__ = ["lake"]

HEAD = "message_id,template,campaign,cost_centre,recipient_id,sent_at,order\n"
ROW = "wamid.{0},spring_sale,spring,4711,+49 170 {0:07},2026-09-21T13:56:40Z,{0}\n"


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
    file, config = tmp_path / "sends.csv", tmp_path / "bluetick.toml"
    file.write_text("message_id\nwamid.A\n")
    config.write_text(
        '[sources.shop]\nauth = "header"\nheader = "X"\ntoken = "env:UNSET_HERE"\n'
        'business_number = "+1 555 0001111"\n'
    )
    tail = Tail(broker, (SENDS,))
    assert imported(broker, file, source="shop", config=config) == 1
    ((record,),) = tail.records().values()
    assert (record["source"], record["display_phone_number"]) == ("shop", "15550001111")


def test_rows_are_published_at_the_level_of_privacy(broker: str, tmp_path: Path) -> None:
    file, config = tmp_path / "sends.csv", tmp_path / "bluetick.toml"
    file.write_text(HEAD + ROW.format(1))
    key = "a-key-of-a-test-" * 2
    config.write_text(
        f'[privacy]\nlevel = "pseudonymous"\nkey_id = "1"\n[privacy.keys]\n1 = "{key}"\n'
    )
    tail = Tail(broker, (SENDS,))
    assert imported(broker, file, config=config) == 1
    (message,) = tail.messages()
    record, names = decode(message.value(), REGISTRY), Pseudonyms("1", key)
    assert message.key() == record["message_id"].encode() == names.message("wamid.1").encode()
    assert (record["recipient_id"], record["extra"]) == (names.person("491700000001"), None)
    assert (record["campaign"], record["cost_centre"]) == ("spring", "4711")


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
