"""`bluetick demo`, from its start to the check that everything acknowledged landed once."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from bluetick.local.broker import CLUSTER_PREFIX
from schemas.topics import STATUSES
from tests.support.command import run
from tests.support.lake import Lake
from tests.support.stack import PATIENCE, children, ports_of, started
from tests.support.waiting import wait_for

SUMMARY = re.compile(
    r"posted ([\d,]+) · acknowledged ([\d,]+) · landed ([\d,]+) · duplicates dropped ([\d,]+) "
    r"· dead letters ([\d,]+) · everything acknowledged landed once"
)


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_everything_acknowledged_lands_once(tmp_path: Path) -> None:
    with started(tmp_path, "demo", "--seconds", "8", "--weekly", "2500") as running:
        summary = running.printed("posted ")
        assert running.process.wait(PATIENCE) == 0, running.output
    assert "webhooks/demo-shop" in running.output
    assert "in memory only" in running.output
    assert running.lines[-1] == summary
    match = SUMMARY.match(summary)
    assert match, summary
    posted, acknowledged, landed, duplicates, dead = map(number, match.groups())
    assert posted >= acknowledged > 1000
    # A POST that is repeated after a 503 counts as posted once, but parts of it may land twice.
    assert acknowledged <= landed + duplicates + dead
    assert landed > 1000

    query = (
        "SELECT count(*) AS outcomes, count(DISTINCT display_phone_number) AS numbers, "
        "count(DISTINCT source) AS sources, count(DISTINCT category) AS categories, "
        "count(*) FILTER (outcome = 'failed') AS failed FROM outcomes"
    )
    done = run("sql", query, "--format", "json", "--data-dir", str(running.data_dir))
    found = json.loads(done.stdout)
    assert found["numbers"] == found["sources"] == 2
    assert found["categories"] >= 4
    assert found["failed"] > 10
    assert found["outcomes"] > 500
    logs = "".join(file.read_text() for file in (running.data_dir / "logs").iterdir())
    assert "Traceback" not in logs
    assert "15550" not in logs  # no phone numbers


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_restarted_simulator_does_not_repeat_the_past_week(tmp_path: Path) -> None:
    def simulators() -> dict[int, str]:
        found = children(running.process.pid).items()
        return {pid: command for pid, command in found if " simulate " in command}

    with started(tmp_path, "demo", "--weekly", "200") as running:
        running.printed("received ")
        assert not any("--days=0" in command for command in simulators().values())
        killed = running.kill("simulate")
        assert "(signal 9)" in running.printed("The simulator ended")
        wait_for(lambda: any(pid != killed for pid in simulators()))
        assert all("--days=0" in command for command in simulators().values())
        assert running.end() == 0, running.output


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_simulator_fails_the_check(tmp_path: Path) -> None:
    with started(tmp_path, "demo", "--seconds", "60", "--weekly", "200") as running:
        running.printed("received ")
        running.kill("simulate")
        assert running.process.wait(PATIENCE) == 1
    assert "the simulator has ended by itself (signal 9)" in running.output


def test_it_refuses_a_warehouse_with_real_events(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with lake.connection:
        lake.land_events(STATUSES, {"source": "meta"})
        lake.rows(f"UPDATE kafka_offsets SET cluster_id = '{CLUSTER_PREFIX}before'")
    done = run("demo", env=ports_of(tmp_path))
    assert done.returncode == 1
    assert "real events (meta)" in done.stderr
    assert "--data-dir" in done.stderr
