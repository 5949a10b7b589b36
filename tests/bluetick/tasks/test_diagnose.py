"""`bluetick diagnose` on a real warehouse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bluetick.cli import app
from settings.errors import BluetickError
from tests.support.dashboard import filled
from tests.support.paused_template import CAMPAIGN, CODE, paused_template


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of a warehouse with an incident."""
    return filled(tmp_path_factory.mktemp("paused"), paused_template(datetime.now(UTC)))


def run(folder: Path, *options: str) -> str:
    result = CliRunner().invoke(
        app, ["diagnose", "--data-dir", str(folder), *options], catch_exceptions=False
    )
    assert result.exit_code == 0
    return result.stdout


def test_it_says_what_is_wrong_and_why_and_what_to_do(folder: Path) -> None:
    said = run(folder)

    assert said.count("Campaign spring-sale: 30 of 30 messages failed since ") == 1
    assert "(100.0%, usually none), new code 132015 (Template is paused)." in said
    assert "Template spring-sale (en_US) was paused because of low quality" in said
    assert "What to do: " in said
    assert said.count("since") == 1


def test_it_prints_json(folder: Path) -> None:
    said = json.loads(run(folder, "--json"))

    (anomaly,) = said["anomalies"]
    assert anomaly["kind"] == "failed"
    assert anomaly["where"] == {"campaign": CAMPAIGN}
    assert anomaly["error_codes"] == [CODE]
    assert (anomaly["bad"], anomaly["messages"]) == (30, 30)
    assert anomaly["sentence"].startswith("Campaign spring-sale: 30 of 30 messages failed")
    assert anomaly["cause"]["event"] == "PAUSED"
    age = datetime.now(UTC) - datetime.fromisoformat(anomaly["since"])
    assert timedelta(minutes=45) < age < timedelta(minutes=90)


def test_a_day_as_an_age_is_the_default(folder: Path) -> None:
    assert run(folder, "--since", "24h") == run(folder)


def test_it_compares_longer_periods_only_if_there_are_some(folder: Path) -> None:
    assert "too little to compare with" in run(folder, "--since", "3d")


def test_it_looks_back_a_week_at_most(folder: Path) -> None:
    with pytest.raises(BluetickError, match="the last 7 days"):
        run(folder, "--since", "8d")
