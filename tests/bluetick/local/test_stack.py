"""The whole stack in real processes: how it starts, works and ends."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.command import run
from tests.support.inbox import http_inbox
from tests.support.ports import listening
from tests.support.stack import PATIENCE, Running, alive, children, landings, ports_of, started
from tests.support.waiting import wait_for

STATUS = {
    "id": "wamid.curl",
    "status": "delivered",
    "timestamp": "1660019987",
    "recipient_id": "15550001111",
}
BODY = {"statuses": [STATUS]}
PARTS = ("receive", "land", "dashboard", "broker")

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple[Running, dict[int, str]]]:
    """A running `bluetick up` and its children."""
    with started(tmp_path, "up", prepared=False) as running:
        running.printed("Bluetick is running")
        running.printed("Write bluetick.toml")
        found = children(running.process.pid)
        for part in PARTS:
            assert any(f" {part}" in command for command in found.values()), (part, found)
        yield running, found


def ended(pids: dict[int, str]) -> bool:
    return not any(alive(pid) for pid in pids)


@needs_proc
def test_it_receives_lands_and_ends_every_child_on_ctrl_c(
    up: tuple[Running, dict[int, str]], tmp_path: Path
) -> None:
    running, parts = up
    assert "kept in files until it has landed" in running.output
    assert "no bluetick.toml" in running.output
    url = f"http://127.0.0.1:{running.receiver_port}/webhooks/local"
    assert httpx.post(url, json=BODY, trust_env=False, verify=False).status_code == 200
    data = ("--data-dir", str(running.data_dir), "--format", "json")
    query = "SELECT status, event_id FROM statuses WHERE message_id = 'wamid.curl'"
    wait_for(lambda: landings(running.data_dir, "wamid.curl"))
    assert json.loads(run("sql", query, *data).stdout)["status"] == "delivered"

    second = run("up", env=ports_of(running.data_dir), cwd=tmp_path)
    assert second.returncode == 1
    assert f"process {running.process.pid}" in second.stderr

    again = ports_of(tmp_path / "other") | {"BLUETICK_RECEIVER_PORT": str(running.receiver_port)}
    taken = run("up", env=again, cwd=tmp_path)
    assert taken.returncode == 1
    assert f"port {running.receiver_port} is taken" in taken.stderr
    assert "--receiver-port" in taken.stderr
    assert "Traceback" not in taken.stderr + second.stderr
    made = [running.data_dir, *running.data_dir.rglob("*")]
    assert len(made) > 10
    assert not [path for path in made if path.exists() and path.stat().st_mode & 0o077]
    admin = f"http://127.0.0.1:{running.admin_port}"
    assert (
        "bluetick_posts_total" in httpx.get(f"{admin}/metrics", trust_env=False, verify=False).text
    )

    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(PATIENCE) == 0
    assert ended(parts)
    assert not listening(running.receiver_port)
    assert not listening(running.dashboard_port)
    # The last acknowledged events landed before the broker ended.
    assert len(run("sql", query, *data).stdout.splitlines()) == 1


@needs_proc
def test_it_sends_alerts_and_no_child_outlives_a_killed_parent(tmp_path: Path) -> None:
    with http_inbox() as inbox:
        (tmp_path / "bluetick.toml").write_text(
            '[sources.local]\nauth = "none"\n'
            f'[destinations.hook]\nkind = "webhook"\nurl = "{inbox.url}"\n'
            '[[alerts]]\nname = "few"\nmetric = "messages"\nbelow = 1\n'
        )
        with started(tmp_path, "up", NO_PROXY="127.0.0.1") as running:
            assert inbox.next()["text"] == "few: messages 0 in the last 1 h, below 1."
            parts = children(running.process.pid)
            for part in (*PARTS, "watch"):
                assert any(f" {part}" in command for command in parts.values()), (part, parts)
            running.process.kill()
            running.process.wait(PATIENCE)
            wait_for(lambda: ended(parts))


@needs_proc
def test_a_signal_during_the_start_ends_it_too(tmp_path: Path) -> None:
    with started(tmp_path, "up") as running:
        wait_for(lambda: len(children(running.process.pid)) >= len(PARTS))
        parts = children(running.process.pid)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0
        assert ended(parts)


def test_a_broken_configuration_is_explained_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "bluetick.toml").write_text('[sources.meta]\nauth = "hmac"\n')
    done = run("up", env=ports_of(tmp_path / "data"), cwd=tmp_path)
    assert done.returncode == 1
    assert "app_secrets" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
