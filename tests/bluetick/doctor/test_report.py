"""`bluetick doctor` as a user runs it, on a healthy stack and after a part has ended."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from bluetick.doctor.finding import ok, problem, warning
from bluetick.doctor.report import report
from schemas.topics import STATUSES
from settings.times import micros, parse_time
from tests.support.broker import fresh_broker
from tests.support.command import run
from tests.support.land import consumers, publish
from tests.support.landed import await_all_landed, receive
from tests.support.payloads import cloud, status
from tests.support.receiver import CONFIG
from tests.support.records import event, framed

SECRET = "a-secret-nobody-may-see"
FILE = f'[sources.meta]\nauth = "hmac"\napp_secrets = ["{SECRET}"]\n'
CHECKS = {
    *("configuration", "permissions", "disk", "registry", "catalog", "versions"),
    *("broker", "topics", "lag", "offsets", "duplicates", "rollups"),
    "dead letters",
}


def levels(done: subprocess.CompletedProcess[str]) -> dict[str, set[str]]:
    """The levels found by each check."""
    found: dict[str, set[str]] = {}
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        assert finding.keys() == {"check", "level", "what", "do"}
        assert (finding["do"] is None) == (finding["level"] == "ok")
        found.setdefault(finding["check"], set()).add(finding["level"])
    return found


def test_a_healthy_stack_and_the_same_with_parts_down(tmp_path: Path) -> None:
    config = tmp_path / "bluetick.toml"
    config.write_text(FILE)
    config.chmod(0o600)
    data = ("--data-dir", str(tmp_path / "data"), "--config", str(config))
    bodies = [cloud(status("wamid.1")), cloud(status("wamid.1")), cloud(status("wamid.2", "read"))]
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        where = (*data, "--bootstrap-servers", broker.bootstrap)
        receive(broker.bootstrap, CONFIG.sources["meta"], bodies, micros(parse_time("1h")))
        child = group.start()
        await_all_landed(broker.bootstrap, tmp_path / "data")
        healthy = run("doctor", *where, "--format", "json")
        assert levels(healthy) == {check: {"ok"} for check in CHECKS}
        assert "whatsapp.statuses: 2 rows as landed, 1 duplicate dropped" in healthy.stdout
        assert (healthy.returncode, healthy.stderr) == (0, "")
        assert SECRET not in healthy.stdout

        child.kill()
        publish(broker.bootstrap, STATUSES, [framed(STATUSES, event(STATUSES))])
        waiting = run("doctor", *where, "--format", "json")
        assert waiting.returncode == 1
        assert levels(waiting)["lag"] == {"ok", "problem"}
        assert "whatsapp.statuses: 1 record waiting and nothing lands" in waiting.stdout

    alone = run("doctor", *where)
    assert alone.returncode == 1
    assert f"no broker answers at {broker.bootstrap}" in alone.stdout
    assert "KAFKA_BOOTSTRAP_SERVERS" in alone.stdout
    assert "whatsapp.statuses: 2 rows as landed" in alone.stdout
    assert "1 problem, 1 warning" in alone.stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_quiet_prints_only_what_is_not_as_it_should_be(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [ok("disk", "much free"), warning("wal", "large", "wait"), problem("lag", "x", "y")]
    console = Console(width=200)

    assert report(found, form, console, quiet=True) == 1
    shown = capsys.readouterr().out
    assert "disk" not in shown
    assert "wal" in shown
    assert "lag" in shown

    assert report([ok("disk", "much free")], form, console, quiet=True) == 0
    assert capsys.readouterr().out == ""


def test_nothing_is_running(tmp_path: Path) -> None:
    done = run("doctor", "--data-dir", "nowhere", "--broker-port", "1", cwd=tmp_path)
    assert done.returncode == 1
    assert "no warehouse at" in done.stdout
    assert "start `bluetick up`" in done.stdout
    assert "2 problems" in done.stdout
    assert done.stderr == ""
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("findings", "code", "last"),
    [
        ([ok("a", "b")], 0, "0 problems, 0 warnings, 1 ok"),
        ([ok("a", "b"), warning("c", "d", "e")], 0, "0 problems, 1 warning, 1 ok"),
        ([problem("a", "[b]", "c"), ok("d", "e")], 1, "1 problem, 0 warnings, 1 ok"),
    ],
)
def test_only_problems_change_the_exit_code(findings: list, code: int, last: str) -> None:
    out = io.StringIO()
    assert report(findings, "text", Console(file=out, width=200)) == code
    lines = out.getvalue().splitlines()
    assert lines[-1] == last
    assert lines[0].split()[0] == findings[0].level
    assert findings[0].what in lines[0]
