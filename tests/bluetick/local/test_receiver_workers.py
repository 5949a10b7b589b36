"""`bluetick receive --workers`: real processes on one port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from producer.http.listeners import listen
from tests.support.command import BLUETICK, environment
from tests.support.ports import free_pair, free_port
from tests.support.receiver import SECRET, signed
from tests.support.stack import alive, children
from tests.support.waiting import wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
SOURCES = f"""
[sources.meta]
dialect = "cloud"
auth = "hmac"
app_secrets = ["{SECRET}"]
"""
POSTS = 'bluetick_post_seconds_count{source="meta"}'


class Receiving:
    """A receiver with two workers."""

    def __init__(self, folder: Path, bootstrap: str) -> None:
        (folder / "bluetick.toml").write_text(SOURCES)
        self.port = free_port()
        self.admin, _ = free_pair()
        self.log = folder / "receiver.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*BLUETICK, "receive", "--workers", "2"],
                cwd=folder,
                env=environment(
                    BLUETICK_RECEIVER_PORT=str(self.port),
                    BLUETICK_ADMIN_PORT=str(self.admin),
                    KAFKA_BOOTSTRAP_SERVERS=bootstrap,
                ),
                stderr=log,
            )

    def post(self) -> int:
        """Posts a status on a new connection. Returns the answer's code; 0 if there is none."""
        status = {"id": "wamid.A", "status": "sent", "timestamp": "1660019987"}
        body = json.dumps({"statuses": [status]}).encode()
        url = f"http://127.0.0.1:{self.port}/webhooks/meta"
        try:
            return httpx.post(
                url, content=body, headers=signed(body), timeout=120, trust_env=False, verify=False
            ).status_code
        except httpx.TransportError:
            return 0

    def posts(self) -> list[float]:
        """The POSTs that each worker has answered; empty while one does not answer."""
        found = []
        for port in (self.admin, self.admin + 1):
            try:
                text = httpx.get(
                    f"http://127.0.0.1:{port}/metrics", trust_env=False, verify=False
                ).text
            except httpx.TransportError:
                return []
            counts = [line for line in text.splitlines() if line.startswith(POSTS)]
            found.append(sum(float(line.rpartition(" ")[2]) for line in counts))
        return found

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        found = children(self.process.pid)
        return [pid for pid, command in found.items() if "spawn_main" in command]


@pytest.fixture
def receiving(broker: str, tmp_path: Path) -> Iterator[Receiving]:
    found = Receiving(tmp_path, broker)
    try:
        wait_for(lambda: found.post() == 200)
        wait_for(lambda: len(found.posts()) == 2)
        yield found
    finally:
        found.process.kill()
        found.process.wait()


def test_workers_share_the_port_and_one_that_is_killed_is_replaced(receiving: Receiving) -> None:
    for _ in range(40):  # the kernel spreads them by chance
        assert receiving.post() == 200
    assert min(receiving.posts()) > 0

    killed, kept = receiving.workers()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: not alive(killed))
    # What connects to the worker that has ended waits for the next one.
    assert [receiving.post() for _ in range(20)] == [200] * 20
    wait_for(lambda: len(receiving.posts()) == 2)
    assert kept in receiving.workers()
    assert killed not in receiving.workers()

    workers = receiving.workers()
    receiving.process.send_signal(signal.SIGTERM)
    assert receiving.process.wait(120) == 0
    assert not any(map(alive, workers))
    log = receiving.log.read_text()
    assert "ended (signal 9); starting it again in 1 s" in log
    assert "Traceback" not in log


def test_workers_end_with_a_parent_that_is_killed(receiving: Receiving) -> None:
    workers = receiving.workers()
    assert len(workers) == 2
    receiving.process.kill()
    receiving.process.wait()
    wait_for(lambda: not any(map(alive, workers)))


def test_a_taken_port_ends_it_with_the_reason(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0, share=True) as taken:
        port = taken.getsockname()[1]
        found = subprocess.run(
            [*BLUETICK, "receive", "--workers", "2", "--receiver-port", str(port)],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert found.returncode != 0
    assert f"port {port}" in found.stderr
    assert "--receiver-port" in found.stderr
