"""Reports of a real warehouse: in words, as JSON, and sent once by the watcher."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bluetick.alerts import state_file
from bluetick.alerts.state import State
from bluetick.cli import app
from bluetick.reports.period import newest
from bluetick.reports.report import message
from settings.reports import Report
from tests.support.dashboard import filled
from tests.support.inbox import Inbox, http_inbox
from tests.support.paused_template import CAMPAIGN, paused_template
from warehouse.connection import Location

DAILY = Report(name="daily", at=time())
CONFIG = """
[destinations.hook]
kind = "webhook"
url = "env:HOOK_URL"
[[alerts]]
name = "unread"
metric = "unreadable"
above = "1h"
[[reports]]
name = "daily"
at = "00:00"
"""


@cache
def now() -> datetime:
    """When these tests began."""
    return datetime.now(UTC)


def noon() -> datetime:
    """Noon of the day before; the traffic of a day lies within the hours before it."""
    return now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of a warehouse whose incident was yesterday."""
    made = filled(tmp_path_factory.mktemp("reported"), paused_template(noon()))
    (made / "bluetick.toml").write_text(CONFIG, "utf-8")
    return made


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with http_inbox() as made:
        yield made


@pytest.fixture
def _watched(folder: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(folder))
    monkeypatch.setenv("BLUETICK_CONFIG", str(folder / "bluetick.toml"))
    monkeypatch.setenv("HOOK_URL", inbox.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments], catch_exceptions=False)
    return result.exit_code, result.stdout


def test_it_has_figures_changes_codes_and_incidents(folder: Path) -> None:
    found = message(Location.under(folder), DAILY, newest(DAILY, now()), now(), ())

    lines = found.text.splitlines()
    assert lines[0] == f"daily: {noon():%A, %-d %b %Y} (UTC)"
    assert "Messages: 222 (0%)" in lines
    assert any(line.startswith("Failure rate: 13.5%, 30 messages (+13.5") for line in lines)
    assert any(line.startswith("- 132015 (") and "30, 100.0% of all" in line for line in lines)
    assert any(
        line.startswith(f"- Campaign {CAMPAIGN}: 30 of 30 messages failed") for line in lines
    )
    assert found.details["now"]["failed"] == 30
    assert found.details["before"]["failed"] == 0
    assert found.details["codes"][0]["code"] == 132015
    assert found.details["anomalies"][0]["where"] == {"campaign": CAMPAIGN}


def test_without_messages_it_says_so(folder: Path) -> None:
    later = now() + timedelta(days=40)
    found = message(Location.under(folder), DAILY, newest(DAILY, later), later, ())

    assert found.text.splitlines()[1:] == ["No messages.", "", "Incidents: none."]


@pytest.mark.usefixtures("_watched")
def test_a_command_prints_it_now() -> None:
    code, shown = run("report")
    assert code == 0
    assert "Messages: 222" in shown

    code, shown = run("report", "--every", "week", "--zone", "Europe/Berlin", "--json")
    assert code == 0
    assert json.loads(shown)["from"] < json.loads(shown)["until"]

    assert CliRunner().invoke(app, ["report", "--zone", "Mars/Base"]).exit_code == 2


@pytest.mark.usefixtures("_watched")
def test_the_watcher_sends_each_period_once_also_after_a_restart(
    folder: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluetick.alerts.outbox.PAUSES", (0.0,))
    # The first start only notes the period that is over already.
    assert run("watch", "--once") == (0, "")
    assert inbox.bodies.empty()
    due = state_file.load(folder).reports["daily"]
    assert due == newest(DAILY, datetime.now(UTC)).key

    state_file.save(folder, State(reports={"daily": "2000-01-01"}))
    inbox.answers = [500] * 3
    assert run("watch", "--once")[0] == 1  # it is in the file before it is sent
    inbox.answers = []
    assert run("watch", "--once") == (0, "")
    sent = inbox.next()
    assert (sent["event"], sent["id"]) == ("report", f"report-daily-{due}")
    assert sent["text"].startswith("daily: ")

    assert run("watch", "--once") == (0, "")
    assert inbox.bodies.empty()
