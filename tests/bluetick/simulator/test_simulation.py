"""`bluetick simulate` with a real receiver and broker."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from rich.console import Console

from bluetick.simulator import simulation
from bluetick.simulator.incidents import HOUR, SLOT, of_slot
from bluetick.simulator.payloads import NUMBERS
from bluetick.simulator.simulation import Plan, Simulation
from settings.sources import Config
from tests.support.broker import Tail
from tests.support.command import run
from tests.support.ports import free_port
from tests.support.receiver import OLD_SECRET, TOKEN, receiver

CONFIG = f"""
[sources.meta]
auth = "hmac"
app_secrets = ["{OLD_SECRET}"]

[sources.open]
auth = "none"

[sources.positus]
dialect = "onprem"
auth = "header"
header = "X-Webhook-Token"
token = "{TOKEN}"
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "bluetick.toml"
    file.write_text(CONFIG)
    return f"--config={file}"


def test_everything_posted_is_acknowledged_and_in_kafka(
    broker: str, config: str, tmp_path: Path
) -> None:
    ledger = tmp_path / "posted.csv"
    with receiver(broker) as found:
        tail = Tail(broker)
        done = run(
            *("simulate", config, f"--url=http://127.0.0.1:{found.port}", "--seconds=3"),
            *("--weekly=400", "--days=2", "--rate=20", f"--ledger={ledger}"),
        )
        records = tail.records()
    assert done.returncode == 0, done.stderr
    with ledger.open() as file:
        posted = list(csv.DictReader(file))
    assert len(posted) > 200
    assert {row["acknowledged"] for row in posted} == {"1"}
    published = {str(record["event_id"]) for found in records.values() for record in found}
    assert {row["event_id"] for row in posted} <= published
    numbers = {
        (record["source"], record["display_phone_number"])
        for record in records["whatsapp.statuses"]
        if record["source"] in ("meta", "open")
    }
    # One source for each number; the third source does not accept these payloads.
    assert numbers >= {
        (source, number.display_phone_number)
        for source, number in zip(("meta", "open"), NUMBERS, strict=True)
    }


def test_a_wrong_secret_ends_it_with_the_reason(broker: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('[sources.meta]\nauth = "hmac"\napp_secrets = ["something else"]\n')
    with receiver(broker) as found:
        done = run(
            *("simulate", f"--config={file}", f"--url=http://127.0.0.1:{found.port}"),
            *("--weekly=100", "--days=1", "--seconds=5"),
        )
    assert done.returncode == 1
    assert "401" in done.stderr
    # No traceback of our code; the HTTP client may report a socket that it had not closed.
    assert "bluetick/" not in done.stderr
    assert "something else" not in done.stderr


def test_without_a_receiver_it_says_so(config: str) -> None:
    done = run("simulate", config, f"--url=http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert "no receiver answers" in done.stderr


def test_a_source_for_other_payloads_is_refused(config: str) -> None:
    done = run("simulate", config, "--source=positus")
    assert done.returncode == 1
    assert "meta, open" in done.stderr


PAUSED = next(one for one in map(of_slot, range(80_000, 80_008)) if one.kind == "paused template")


def said(monkeypatch: pytest.MonkeyPatch, days: int, moments: list[float]) -> list[list[str]]:
    """The account events that traffic with a rate has at each of these moments."""
    clock = iter([moments[0], *moments])
    monkeypatch.setattr(simulation, "time", SimpleNamespace(time=lambda: next(clock)))
    running = Simulation(Plan("", Config(), days=days), None, Console(quiet=True))
    running._rng = Random(1)
    traffic = running._fast(0.001, int(moments[0]))
    return [
        [str(one.value["event"]) for one in next(traffic) if "event" in one.value] for _ in moments
    ]


def test_traffic_with_a_rate_has_the_account_events_of_its_incidents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, end = PAUSED.start, PAUSED.end
    moments = [start - 1.0, start + 0.5, start + 1.0, end - 0.1, end + 0.1, end + 60.0]
    assert said(monkeypatch, 0, moments) == [[], ["PAUSED"], [], [], ["REINSTATED"], []]
    # A start within an incident says at once that it has begun.
    assert said(monkeypatch, 0, moments[3:]) == [["PAUSED"], ["REINSTATED"], []]


def test_what_past_days_have_said_is_not_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    hour = PAUSED.start - PAUSED.start % HOUR
    same_hour, next_hours = hour + HOUR - 0.5, [hour + HOUR + 0.0, hour + SLOT / 2]
    assert said(monkeypatch, 1, [hour + 0.0, same_hour, *next_hours]) == [
        *([], [], []),
        ["REINSTATED"],
    ]
