"""`bluetick demo` from its start to the proof that everything acknowledged landed once."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bluetick.broker import CLUSTER_PREFIX
from schemas.topics import STATUSES
from tests.support.command import run
from tests.support.lake import Lake
from tests.support.stack import ports_of, started

SUMMARY = re.compile(
    r"posted ([\d,]+) · acknowledged ([\d,]+) · landed ([\d,]+) · duplicates dropped ([\d,]+) "
    r"· dead letters ([\d,]+) · everything acknowledged was landed once"
)


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_everything_acknowledged_lands_once(tmp_path: Path) -> None:
    with started(tmp_path, "demo", "--seconds", "8", "--weekly", "2500") as running:
        summary = running.printed("posted ")
        assert running.process.wait(60) == 0, running.output
    assert "webhooks/demo-shop" in running.output
    assert "in memory only" in running.output
    assert running.lines[-1] == summary
    match = SUMMARY.match(summary)
    assert match, summary
    posted, acknowledged, landed, duplicates, dead = map(number, match.groups())
    assert posted >= acknowledged > 1000
    # A POST that was repeated after a 503 is counted once as posted, but may land in parts twice.
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
    assert "15550" not in logs  # nobody's number


def test_it_keeps_away_from_real_events(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with lake.connection:
        lake.land_events(STATUSES, {"source": "meta"})
        lake.rows(f"UPDATE kafka_offsets SET cluster_id = '{CLUSTER_PREFIX}before'")
    done = run("demo", env=ports_of(tmp_path))
    assert done.returncode == 1
    assert "real events (meta)" in done.stderr
    assert "--data-dir" in done.stderr
