"""`bluetick watch` on a real warehouse, as a process, with a real webhook."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bluetick.alerts import state_file
from bluetick.alerts.figures import read
from bluetick.cli import app
from settings.alerts import Rule
from settings.folder_lock import Taken
from tests.support.command import BLUETICK
from tests.support.dashboard import Opened, filled
from tests.support.inbox import Inbox, http_inbox
from tests.support.paused_template import CAMPAIGN, NUMBER, paused_template
from warehouse.connection import Location


@cache
def now() -> datetime:
    """When these tests began."""
    return datetime.now(UTC)


ALERTS = f"""
[destinations.hook]
kind = "webhook"
url = "env:HOOK_URL"
[[alerts]]
name = "unusual"
anomaly = true
[[alerts]]
name = "campaign"
metric = "failure_rate"
campaign = "{CAMPAIGN}"
above = 0.5
window = "2h"
least = 10
[[alerts]]
name = "others"
metric = "failure_rate"
campaign = "receipts"
above = 0.5
least = 10
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of a warehouse with an incident, and a configuration."""
    made = filled(tmp_path_factory.mktemp("watched"), paused_template(now()))
    (made / "bluetick.toml").write_text(ALERTS, "utf-8")
    return made


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with http_inbox() as made:
        yield made


def once(*options: str) -> tuple[int, str]:
    """The exit code and the output of a run in this process."""
    result = CliRunner().invoke(app, ["watch", *options], catch_exceptions=False)
    return result.exit_code, result.stdout


@pytest.fixture(autouse=True)
def _settings(folder: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(folder))
    monkeypatch.setenv("BLUETICK_CONFIG", str(folder / "bluetick.toml"))
    monkeypatch.setenv("HOOK_URL", inbox.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_what_a_killed_process_could_not_send_is_sent_once(folder: Path, inbox: Inbox) -> None:
    inbox.answers = [500] * 100
    with subprocess.Popen([*BLUETICK, "watch"], stderr=subprocess.PIPE, text=True) as process:
        lines = []
        assert process.stderr
        for line in process.stderr:
            lines.append(line)
            if "it answered 500" in line:
                break
        with pytest.raises(Taken, match="`bluetick watch` already runs"):
            once("--once")
        process.kill()
    # Neither the address nor anybody's number.
    assert "s3cret-path" not in "".join(lines)
    assert NUMBER not in "".join(lines)

    inbox.answers = []
    assert once("--once") == (0, "")
    bodies = [inbox.next(), inbox.next()]
    assert {body["rule"] for body in bodies} == {"unusual", "campaign"}
    (found,) = (body for body in bodies if body["rule"] == "unusual")
    assert found["text"].startswith(f"Campaign {CAMPAIGN}: 30 of 30 messages failed since ")
    assert "What to do: " in found["text"]
    assert found["details"]["where"] == {"campaign": CAMPAIGN}

    assert once("--once") == (0, "")
    assert inbox.bodies.empty()
    assert [message.event for message in state_file.load(folder).history] == ["raised", "raised"]


def test_the_page_pipeline_shows_what_was_raised(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once("--once")
    opened = Opened(monkeypatch).on(folder, "pipeline")
    assert not opened.exception
    (shown,) = [table.value for table in opened.dataframe if "Alert" in table.value]
    assert set(shown["Alert"]) == {"unusual", "campaign"}
    assert set(shown["What"]) == {"Raised"}
    assert shown["Text"].str.contains("30 of 30 messages failed").any()


def test_a_test_message_goes_to_each_destination(inbox: Inbox) -> None:
    assert once("--test") == (0, "hook: sent\n")
    assert inbox.next()["event"] == "test"
    inbox.answers = [404]
    assert once("--test") == (1, "hook: not sent: it answered 404\n")


def figure(folder: Path, **rule: object) -> tuple[float | None, int]:
    read_now = Rule.model_validate({"name": "x", "window": "2h"} | rule)
    found = read(Location.under(folder), (read_now,), now()).by_rule["x"]
    return found.value, found.messages


def test_figures_are_those_of_the_filter_and_the_window(folder: Path) -> None:
    assert figure(folder, metric="failed", above=1, window="1d")[0] == 30
    assert figure(folder, metric="failed", above=1, number="15550002222")[0] == 0
    failing = {"metric": "failure_rate", "above": 0.1, "campaign": CAMPAIGN}
    value, messages = figure(folder, **failing, window="1d")
    assert value == pytest.approx(30 / messages)
    assert figure(folder, **failing, market="Nowhere") == (None, 0)
    assert figure(folder, metric="p90_wait", above="1m", source="meta")[0] == 3
    assert figure(folder, metric="p90_wait", above="1m", source="other") == (None, 0)
    (rule,) = (Rule(name="f", metric="freshness", above=60),)
    later = read(Location.under(folder), (rule,), now() + timedelta(hours=2)).by_rule["f"].value
    assert later is not None
    assert later >= 7200


def test_without_a_warehouse_it_waits_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(tmp_path))
    assert once("--once") == (1, "")
    assert "no warehouse at" in caplog.text


def test_a_file_that_cannot_be_read_is_an_error_and_not_lost(tmp_path: Path) -> None:
    (tmp_path / state_file.FILE).write_text(json.dumps({"version": 2}), "utf-8")
    with pytest.raises(state_file.StateError, match="move it away"):
        state_file.load(tmp_path)
